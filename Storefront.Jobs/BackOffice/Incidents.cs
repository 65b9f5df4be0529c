using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.BackOffice;

/// <summary>The times when a partner did not work: its gate was closed, and its deliveries waited.</summary>
public sealed class Incidents(NpgsqlDataSource database, EffectCatalogue effects, Backlog backlog, Switches switches, DrainTime drain)
{
    // A shorter one is a hiccup, or a limit that was used up for a second.
    private const string IsLong = "coalesce(i.ended_at, now()) - i.began_at > interval '10 seconds'";

    /// <param name="Cause">A sentence without personal data.</param>
    /// <param name="Delayed">Deliveries that waited when it ended; null: it has not ended.</param>
    public sealed record Past(string Partner, string Cause, DateTimeOffset BeganAt, DateTimeOffset? EndedAt, long? Delayed);

    /// <param name="Cause">The latest: a sentence without personal data.</param>
    /// <param name="Queue">Where most of them wait.</param>
    /// <param name="Waiting">Jobs that wait for the partner.</param>
    /// <param name="WaitingSince">Since when the oldest of them waits that nobody has taken; null: none waits.</param>
    /// <param name="IsHeld">Somebody has paused it by hand as well, so nothing is tried.</param>
    /// <param name="NextTryIn">Until one job is tried; null: one is being tried, or is about to be.</param>
    /// <param name="DrainTime">About how long they take once the partner is back; null: nothing is known of it.</param>
    public sealed record Current(
        string Partner, string Cause, DateTimeOffset Since, string Queue, long Waiting, DateTimeOffset? WaitingSince, bool IsHeld,
        TimeSpan? NextTryIn, TimeSpan? DrainTime);

    /// <summary>The oldest first.</summary>
    public async Task<IReadOnlyList<Current>> OpenAsync(CancellationToken cancel)
    {
        var found = await database.ReadAsync($"""
            select i.partner, g.reason, i.began_at, case when g.position = 'closed' and g.probe_at > now() then g.probe_at - now() end
            from {GateTable.Incidents} i join {GateTable.Gates} g on g.name = i.partner
            where i.ended_at is null and g.position <> 'open' and {IsLong} order by i.began_at
            """, [], row => (Partner: row.GetString(0), Cause: row.GetString(1), Since: row.GetFieldValue<DateTimeOffset>(2),
                NextTryIn: row.GetFieldValue<TimeSpan?>(3)), cancel);
        var current = new List<Current>();
        foreach (var incident in found)
        {
            // A gate without a partner is that of a former version.
            if (effects.Present.SingleOrDefault(known => known.Name == incident.Partner) is not { } partner) continue;
            var waiting = await WaitingAsync(partner.Queues, cancel);
            var since = await backlog.WaitingSinceAsync(partner.Queues, cancel);
            var (queue, drainTime) = (partner.QueueOf(Urgency.Normal), await drain.EstimateAsync(partner.Name, waiting, cancel));
            current.Add(new(
                partner.Name, incident.Cause, incident.Since, queue, waiting, since, switches.HoldsQueue(queue, partner.Name),
                incident.NextTryIn, drainTime));
        }

        return current;
    }

    /// <summary>The newest first, those that go on included.</summary>
    /// <param name="within">Those that had not ended this long ago; null: all.</param>
    public Task<List<Past>> LatestAsync(int limit, TimeSpan? within, CancellationToken cancel) => database.ReadAsync($"""
        select partner, cause, began_at, ended_at, delayed from {GateTable.Incidents} i
        where {IsLong} and ($2::interval is null or coalesce(ended_at, now()) > now() - $2) order by began_at desc limit $1
        """, [limit, within], Read, cancel);

    private async Task<long> WaitingAsync(IReadOnlyList<string> queues, CancellationToken cancel) => (long)(await database.AskAsync(
        $"select count(*) from (select from hangfire.jobqueue where queue = any($1) limit {Backlog.CountedUpTo}) as waiting",
        [queues.ToArray()], cancel))!;

    private static Past Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset?>(3),
        row.GetFieldValue<long?>(4));
}
