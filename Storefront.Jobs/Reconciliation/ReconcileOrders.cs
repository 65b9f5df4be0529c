using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Finds orders that stand still and sets them going again: each repair is one guarded change and one row in <c>repairs</c>,
/// in one transaction with the job that does the rest.
/// </summary>
internal sealed class ReconcileOrders(
    NpgsqlDataSource database, LeaseLocks locks, TransactionalJobs jobs, EffectCatalogue effects, LostJobs lostJobs,
    UnprovenDeliveries unproven, IAlarm alarm,
    IOptions<WebhookOptions> alerts, TimeProvider clock, ILogger<ReconcileOrders> log)
{
    /// <summary>Of the recurring job, and of its last success in <c>orders.rounds</c>.</summary>
    public const string Id = "reconcile-orders";

    private const int Most = 500;
    private const int PageSize = 2000;

    public async Task RunAsync(CancellationToken cancel)
    {
        using var alone = await locks.TryTakeAsync(Id, cancel);
        if (alone is null) return;

        var repaired = await lostJobs.RequeueAsync(cancel) + await FinishOpenOrdersAsync(cancel) + await unproven.SettleAsync(cancel)
            + await SendPendingDeliveriesAsync(cancel);
        if (repaired > 0)
        {
            log.Repaired(repaired);
            await AlarmWhereManyAsync(cancel);
        }

        await database.ExecuteAsync(
            "insert into orders.rounds (name, ended_at) values ($1, now()) on conflict (name) do update set ended_at = now()", [Id],
            cancel);
    }

    private async Task AlarmWhereManyAsync(CancellationToken cancel)
    {
        var most = alerts.Value.RepairsAnHour;
        await using var ask = database.Query(
            "select count(*) from (select at from orders.repairs order by id desc limit $1) latest where at > now() - interval '1 hour'",
            most + 1);
        if (await ask.ExecuteScalarAsync(cancel) is not long repairs || repairs <= most) return;
        log.ManyRepairs(most);
        await alarm.RaiseAsync(AlertKind.ManyRepairs,
            $"Reconciliation had to repair more than {most} orders or deliveries within an hour.");
    }

    // An order whose lease ran out: the process that asked for its stock died, or the job that should have finished it is gone.
    private async Task<int> FinishOpenOrdersAsync(CancellationToken cancel)
    {
        var open = await database.ReadAsync($"""
            select o.id, o.finish_job_id, coalesce(j.statename, 'none'), o.trace_parent from orders.orders o
            left join hangfire.job j on j.id = o.finish_job_id
            where o.status = 'reserving' and o.created_at < now() - interval '20 seconds'
              and (o.lease_until is null or o.lease_until < now())
              and {LiveJob.Sql} is not true
            order by o.created_at limit {Most}
            """, [], row => (Order: row.GetGuid(0), Job: row.IsDBNull(1) ? (long?)null : row.GetInt64(1), State: row.GetString(2),
                Trace: row.TextOrNull(3)), cancel);

        foreach (var (order, job, state, trace) in open)
        {
            await RepairAsync(
                FinishOrder.Job(order) with { TraceParent = trace }, RepairKind.OrderLeftOpen, newJob => Guarded("""
                    with mended as (
                        update orders.orders set finish_job_id = $3
                        where id = $1 and status = 'reserving' and finish_job_id is not distinct from $2 returning id)
                    """, order, job, newJob, RepairKind.OrderLeftOpen, $"open, and its job is in state {state}", "asked Inventory again"),
                    cancel);
        }

        return open.Count;
    }

    // A delivery that is due and has no live job: the job was lost, deleted from the dashboard, or gave up. In an outage of a partner very
    // many are due whose jobs live: they are looked through page by page, so that no statement gets too long, however many there are.
    private async Task<int> SendPendingDeliveriesAsync(CancellationToken cancel)
    {
        var repaired = 0;
        for (PendingDelivery? last = null; repaired < Most;)
        {
            var page = await PendingPageAsync(last, cancel);
            foreach (var delivery in page.Where(delivery => delivery.Stuck))
            {
                if (delivery.GaveUp) await BuryAsync(delivery, cancel);
                else await SendAgainAsync(delivery, cancel);
                repaired++;
            }

            last = page.SingleOrDefault(delivery => delivery.EndsPage);
            if (last is null) break;
        }

        return repaired;
    }

    // Those of the page that are stuck, and the last of a full page, after which the next one begins. Whether a job lives is asked for each
    // by its key: a plan that joins whole tables would read all jobs that have ended. While a new version comes in, there may be effects
    // that only it knows: they are left to it.
    private Task<List<PendingDelivery>> PendingPageAsync(PendingDelivery? after, CancellationToken cancel) => database.ReadAsync($"""
        with page as (
            select d.order_id, d.effect, d.job_id, d.due_at, d.next_attempt_at,
                   row_number() over (order by d.due_at, d.order_id, d.effect) as n
            from orders.deliveries d
            where d.state = 'pending' and d.due_at < now() - interval '20 seconds' and (d.due_at, d.order_id, d.effect) > ($2, $3, $4)
            order by d.due_at, d.order_id, d.effect limit {PageSize}),
        seen as (
            select page.*, job.state, job.reason,
                   page.effect = any($1) and job.lives is not true
                       and (page.next_attempt_at is null or page.next_attempt_at < now() - interval '20 seconds') as stuck
            from page left join lateral (
                select j.statename as state, (select s.reason from hangfire.state s where s.id = j.stateid) as reason,
                       {LiveJob.Sql} as lives
                from hangfire.job j where j.id = page.job_id limit 1) as job on true)
        select order_id, effect, job_id, due_at, coalesce(state, 'none'), coalesce(reason, 'it says no reason'),
               (select o.trace_parent from orders.orders o where o.id = seen.order_id), stuck, n = {PageSize}
        from seen where stuck or n = {PageSize} order by n
        """, [effects.Names.ToArray(), after?.DueAt ?? DateTimeOffset.UnixEpoch, after?.Order ?? Guid.Empty, after?.Effect ?? ""],
        row => new PendingDelivery(
            row.GetGuid(0), row.GetString(1), row.GetFieldValue<long?>(2), row.GetFieldValue<DateTimeOffset>(3),
            row.GetString(4), row.GetString(5), row.TextOrNull(6), row.GetBoolean(7), row.GetBoolean(8)), cancel);

    private Task SendAgainAsync(PendingDelivery stuck, CancellationToken cancel) => RepairAsync(
        effects.Named(stuck.Effect).JobFor(stuck.Order, clock.GetUtcNow()) with { RunAt = null, TraceParent = stuck.Trace },
        RepairKind.DeliveryWithoutJob, newJob => Guarded("""
            with mended as (
                update orders.deliveries set job_id = $3
                where order_id = $1 and effect = $8 and state = 'pending' and job_id is not distinct from $2 returning order_id)
            """, stuck.Order, stuck.Job, newJob, RepairKind.DeliveryWithoutJob,
            $"{stuck.Effect} pending, and its job is in state {stuck.State}", "enqueued it again", stuck.Effect), cancel);

    private async Task BuryAsync(PendingDelivery stuck, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Guarded("""
            with mended as (
                update orders.deliveries set state = 'dead', last_error = coalesce(last_error, $9)
                where order_id = $1 and effect = $8 and state = 'pending' and job_id is not distinct from $2 and $3 = 0 returning order_id)
            """, stuck.Order, stuck.Job, newJob: 0, RepairKind.DeliveryJobDead,
            $"{stuck.Effect} pending, and its job gave up: {stuck.Reason}", "marked it dead: for a human", stuck.Effect, stuck.Reason));
        await batch.ExecuteNonQueryAsync(cancel);
        if (batch.BatchCommands[0].RecordsAffected == 0) return;
        Count(RepairKind.DeliveryJobDead, 1);
        log.Dead(stuck.Effect, stuck.Order, "its job gave up.");
        await alarm.RaiseAsync(AlertKind.DeadDelivery,
            $"{stuck.Effect} of order {stuck.Order} is dead and waits for a human: its job gave up.");
    }

    private async Task RepairAsync(NewJob job, string kind, Func<long, NpgsqlBatchCommand> repair, CancellationToken cancel)
    {
        CrashPoint.At("repair-found");
        NpgsqlBatchCommand? mend = null;
        await jobs.CommitAsync(async batch =>
        {
            var id = (await jobs.EnqueueInAsync(batch, [job], cancel))[0];
            batch.BatchCommands.Add(mend = repair(id));
        }, cancel);
        CrashPoint.At("repaired");
        Count(kind, mend!.RecordsAffected);
    }

    private static void Count(string kind, long repairs) =>
        Measures.Repairs.Add(repairs, new KeyValuePair<string, object?>(Tags.Kind, kind));

    private static NpgsqlBatchCommand Guarded(
        string mend, Guid order, long? job, long newJob, string kind, string found, string done, params string[] more)
    {
        return Sql.InBatch($"""
            {mend}
            insert into orders.repairs (kind, subject, found, done) select $4, $5, $6, $7 from mended
            """, [order, job, newJob, kind, order.ToString(), found, done, .. more]);
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
