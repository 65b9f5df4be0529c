using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.Email;

/// <summary>Sends one link to one address. Repeats carry the same mail under the same key, so the partner accepts it once.</summary>
internal sealed class SendAccountLink(
    OrderMailer mailer, Letters letters, AccountLinks links, PartnerGates gates, NpgsqlDataSource database)
{
    private static readonly string Urgent = EmailRegistration.Partner.QueueOf(Urgency.Urgent);

    public async Task RunAsync(Guid id, string letter, CancellationToken cancel)
    {
        var (to, link, goodUntil, writtenAt) = links.Open(letter);
        var now = await NowAsync(cancel);
        if (now > goodUntil) return;
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
                PartnerDeferred deferred => new RetryLater(deferred.Pause(now - writtenAt), deferred, deferred: true, Urgent),
                PartnerRefused => new DeadLetter(fault),
                // Email is to blame and not this job, so it waits without using up attempts, as long as its link is good.
                _ => new RetryLater(RetrySchedule.Deferral(null, now - writtenAt), fault, deferred: true, Urgent),
            };
        }
    }

    // By the database's clock, which is one for all nodes.
    private async Task<DateTimeOffset> NowAsync(CancellationToken cancel) =>
        (await database.ReadAsync("select now()", [], row => row.GetFieldValue<DateTimeOffset>(0), cancel)).Single();
}
