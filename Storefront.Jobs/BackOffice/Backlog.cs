using Hangfire;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.BackOffice;

/// <summary>What waits: jobs in their queues, and deliveries that did not go well.</summary>
public sealed class Backlog(NpgsqlDataSource database, JobStorage storage, EffectCatalogue effects)
{
    /// <param name="WaitingSince">When the oldest job that nobody has taken yet was put there; null: none waits.</param>
    public sealed record QueueDepth(string Name, long Waiting, long AtWork, DateTimeOffset? WaitingSince);

    /// <param name="Dead">Given up, for a human. Counted up to <see cref="CountedUpTo"/>.</param>
    /// <param name="Retrying">Failed, and tried again by themselves. Counted as far.</param>
    public sealed record Troubled(long Dead, long Retrying);

    /// <summary>Every node counts every ten seconds, in an outage too.</summary>
    public const int CountedUpTo = 100_000;

    /// <summary>Every queue that is served, those of no partner first.</summary>
    public IReadOnlyList<string> QueueNames { get; } =
        [Queues.Critical, Queues.Orders, Queues.Default, .. effects.Present.SelectMany(partner => partner.Queues)];

    public async Task<IReadOnlyList<QueueDepth>> QueuesAsync(CancellationToken cancel)
    {
        var monitor = storage.GetMonitoringApi();
        var queues = new List<QueueDepth>();
        foreach (var name in QueueNames)
            queues.Add(new(name, monitor.EnqueuedCount(name), monitor.FetchedCount(name), await WaitingSinceAsync([name], cancel)));
        return queues;
    }

    public async Task<Troubled> TroubledAsync(CancellationToken cancel) => (await database.ReadAsync($"""
        select (select count(*) from (select from orders.deliveries where state = 'dead' limit {CountedUpTo}) as dead),
               (select count(*) from (
                   select from orders.deliveries where state = 'pending' and last_error is not null limit {CountedUpTo}) as retrying)
        """, [], row => new Troubled(row.GetInt64(0), row.GetInt64(1)), cancel)).Single();

    /// <summary>
    /// Since when the oldest job of these queues waits that nobody has taken; null: none waits. A job waits since its latest state, not
    /// since it was made: it may have been put off in between.
    /// </summary>
    internal async Task<DateTimeOffset?> WaitingSinceAsync(IReadOnlyList<string> queues, CancellationToken cancel) =>
        (await database.ReadAsync("""
            select min(s.createdat) from unnest($1::text[]) as named(queue)
            cross join lateral (
                select q.jobid from hangfire.jobqueue q where q.queue = named.queue and q.fetchedat is null
                order by q.fetchedat nulls first, q.queue, q.id limit 1) oldest
            join hangfire.job j on j.id = oldest.jobid join hangfire.state s on s.id = j.stateid
            """, [queues.ToArray()], row => row.GetFieldValue<DateTimeOffset?>(0), cancel)).Single();
}
