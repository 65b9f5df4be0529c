using System.Diagnostics;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Finds deliveries that are due and have no live job: it was lost, deleted from the dashboard, or gave up. While a partner is down, very
/// many are due whose jobs live: they are looked through page by page, with pauses, so that no statement takes long and orders hardly
/// notice it, however many there are.
/// </summary>
internal sealed class PendingDeliveries(
    NpgsqlDataSource database, RepairWriter repairs, EffectCatalogue effects, DeadDeliveries dead, TimeProvider clock)
{
    private const int PageSize = 2000;

    // The pause after a page is so many times as long as the page took.
    private const int PauseFactor = 9;

    /// <summary>Returns how many.</summary>
    public async Task<int> RepairAsync(CancellationToken cancel)
    {
        var repaired = 0;
        for (PendingDelivery? last = null; ;)
        {
            var watch = Stopwatch.StartNew();
            var page = await PendingPageAsync(last, cancel);
            var took = watch.Elapsed;
            foreach (var delivery in page.Where(delivery => delivery.Stuck))
                if (delivery.GaveUp ? await MarkDeadAsync(delivery, cancel) : await SendAgainAsync(delivery, cancel)) repaired++;

            last = page.SingleOrDefault(delivery => delivery.EndsPage);
            if (last is null) break;
            await Task.Delay(took * PauseFactor, cancel);
        }

        return repaired;
    }

    // Those of the page that are stuck, and the last of a full page, after which the next one begins. Whether a job lives is asked for each
    // by its key: a plan that joins whole tables would read all jobs that have ended. While a new version comes in, there may be effects
    // that only it knows: they are left to it, as jobs that did not give up but failed in an outage are to those who return them.
    private Task<List<PendingDelivery>> PendingPageAsync(PendingDelivery? after, CancellationToken cancel) => database.ReadAsync($"""
        with page as (
            select d.order_id, d.effect, d.job_id, d.due_at, d.next_attempt_at,
                   row_number() over (order by d.due_at, d.order_id, d.effect) as n
            from orders.deliveries d
            where d.state = 'pending' and d.due_at < now() - interval '20 seconds' and (d.due_at, d.order_id, d.effect) > ($2, $3, $4)
            order by d.due_at, d.order_id, d.effect limit {PageSize}),
        seen as (
            select page.*, job.state, job.reason,
                   page.effect = any($1) and job.lives is not true and (job.reason like '{LostJobs.Outage}') is not true
                       and (page.next_attempt_at is null or page.next_attempt_at < now() - interval '20 seconds') as stuck
            from page left join lateral (
                select j.statename as state, (select s.reason from hangfire.state s where s.id = j.stateid) as reason,
                       {LiveJob.Sql} as lives
                from hangfire.job j where j.id = page.job_id limit 1) as job on true)
        select order_id, effect, job_id, due_at, coalesce(state, 'none'), coalesce(reason, 'no reason given'),
               (select o.trace_parent from orders.orders o where o.id = seen.order_id), stuck, n = {PageSize}
        from seen where stuck or n = {PageSize} order by n
        """, [effects.Names.ToArray(), after?.DueAt ?? DateTimeOffset.UnixEpoch, after?.Order ?? Guid.Empty, after?.Effect ?? ""],
        row => new PendingDelivery(
            row.GetGuid(0), row.GetString(1), row.GetFieldValue<long?>(2), row.GetFieldValue<DateTimeOffset>(3),
            row.GetString(4), row.GetString(5), row.TextOrNull(6), row.GetBoolean(7), row.GetBoolean(8)), cancel);

    private Task<bool> SendAgainAsync(PendingDelivery stuck, CancellationToken cancel) => repairs.MakeAsync(
        new(RepairKind.DeliveryWithoutJob, stuck.Order, $"{stuck.Effect} pending, and its job is in state {stuck.State}",
            "enqueued it again"),
        effects.Named(stuck.Effect).JobFor(stuck.Order, clock.GetUtcNow()) with { RunAt = null, TraceParent = stuck.Trace },
        """
        update orders.deliveries set job_id = $5
        where order_id = $1 and effect = $6 and state = 'pending' and job_id is not distinct from $7
        """, [stuck.Effect, stuck.Job], cancel);

    private async Task<bool> MarkDeadAsync(PendingDelivery stuck, CancellationToken cancel)
    {
        var isDead = await repairs.MakeAsync(
            new(RepairKind.DeliveryJobDead, stuck.Order, $"{stuck.Effect} pending, and its job gave up: {stuck.Reason}",
                "marked it dead: for a human"),
            """
            update orders.deliveries set state = 'dead', untold = true, last_error = coalesce(last_error, $7)
            where order_id = $1 and effect = $5 and state = 'pending' and job_id is not distinct from $6
            """, [stuck.Effect, stuck.Job, stuck.Reason], cancel);
        if (isDead) await dead.ReportAsync(stuck.Effect, stuck.Order, "its job gave up.");
        return isDead;
    }

    /// <param name="State">Its job's; <c>none</c> where there is no such job.</param>
    /// <param name="Reason">Why its job is in that state, as Hangfire wrote it down.</param>
    /// <param name="Stuck">It is due, and no job will bring it.</param>
    /// <param name="EndsPage">There may be more behind it.</param>
    private sealed record PendingDelivery(
        Guid Order, string Effect, long? Job, DateTimeOffset DueAt, string State, string Reason, string? Trace, bool Stuck, bool EndsPage)
    {
        public bool GaveUp => State == "Failed";
    }
}
