using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.BackOffice;

/// <summary>
/// How long it takes to send what waits for a partner once it is back: as long as its calls took before, with all the fleet's workers for
/// it, and no faster than its rate limit. The real time is longer, since the gate begins with one job, and a job is more than its call: on
/// a busy machine up to twice as long.
/// </summary>
public sealed class DrainTime(NpgsqlDataSource database, IReadOnlyList<QueueGroup> groups, PartnerGates gates)
{
    /// <summary>Accepted calls that the mean is taken from: the latest ones.</summary>
    private const int Sample = 200;

    /// <summary>Calls looked through for them, failed ones included: an outage of a week leaves some 10,000.</summary>
    private const int LookedThrough = 20_000;

    /// <param name="partner">Its name.</param>
    /// <param name="waiting">Jobs.</param>
    /// <returns>Null: it has accepted no call yet, or no process works jobs.</returns>
    public async Task<TimeSpan?> EstimateAsync(string partner, long waiting, CancellationToken cancel)
    {
        var (call, workers) = (await database.ReadAsync($"""
            select (select avg(duration_ms)::float8 from (
                       select duration_ms from {LatestCalls.Of("$1", LookedThrough)} latest
                       where status < 300 limit {Sample}) accepted),
                   (select coalesce(sum((data ->> 'WorkerCount')::int), 0)::float8 from hangfire.server
                    where lastheartbeat > now() - interval '1 minute')
            """, [partner], row => (row.GetFieldValue<double?>(0), row.GetDouble(1)), cancel)).Single();
        var own = workers * Share(partner);
        if (call is not { } milliseconds || own == 0) return null;
        var perSecond = Math.Min(own / Math.Max(milliseconds, 1) * 1000, gates.LimitOf(partner) ?? double.PositiveInfinity);
        return TimeSpan.FromSeconds(waiting / perSecond);
    }

    // A process divides its workers as this one does: all have the same settings.
    private double Share(string partner) =>
        (double)groups.Where(group => group.Name == partner).Sum(group => group.Most) / groups.Sum(group => group.Most);
}
