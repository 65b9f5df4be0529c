using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.Email;

/// <summary>Sends one link to one address. Repeats carry the same mail under the same key, so the partner accepts it once.</summary>
internal sealed class SendAccountLink(
    OrderMailer mailer, Letters letters, AccountLinks links, PartnerGates gates, TimeProvider clock)
{
    public async Task RunAsync(Guid id, string letter, CancellationToken cancel)
    {
        var (to, link, goodUntil, writtenAt) = links.Open(letter);
        if (clock.GetUtcNow() > goodUntil) return;
        try
        {
            await mailer.SendAsync(await letters.WriteAsync(to, link), $"account-link/{id}", cancel);
            gates.Record(EmailRegistration.Partner.Name, new CallOutcome.Answered());
        }
        catch (PartnerFault fault)
        {
            gates.Record(EmailRegistration.Partner.Name, fault.Outcome);
            throw fault switch
            {
                PartnerDeferred deferred => new RetryLater(deferred.Pause(clock.GetUtcNow() - writtenAt), deferred, deferred: true),
                PartnerRefused => new DeadLetter(fault),
                _ => fault,
            };
        }
    }
}
