using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.Email;

/// <summary>Sends one link to one address. Repeats carry the same mail under the same key, so the partner accepts it once.</summary>
internal sealed class SendAccountLink(OrderMailer mailer, Letters letters, AccountLinks links, TimeProvider clock)
{
    public async Task RunAsync(Guid id, string letter, CancellationToken cancel)
    {
        var (to, link, goodUntil, writtenAt) = links.Open(letter);
        if (clock.GetUtcNow() > goodUntil) return;
        try
        {
            await mailer.SendAsync(await letters.WriteAsync(to, link), $"account-link/{id}", cancel);
        }
        catch (PartnerDeferred deferred)
        {
            throw new RetryLater(deferred.Pause(clock.GetUtcNow() - writtenAt), deferred, deferred: true);
        }
        catch (PartnerRefused refused)
        {
            throw new DeadLetter(refused);
        }
    }
}
