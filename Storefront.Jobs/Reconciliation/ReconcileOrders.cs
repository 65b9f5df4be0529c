using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.Database;
using Storefront.Jobs.Placing;
using Storefront.Jobs.Storage;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Finds orders that stand still and sets them going again: each repair is one guarded change and one row in <c>repairs</c>,
/// in one transaction with the job that does the rest.
/// </summary>
internal sealed class ReconcileOrders(
    NpgsqlDataSource database, TransactionalJobs jobs, LostJobs lostJobs, Alarm alarm, IOptions<WebhookOptions> alerts, TimeProvider clock, ILogger<ReconcileOrders> log)
{
    /// <summary>Of the recurring job, and of its last success in <c>orders.rounds</c>.</summary>
    public const string Id = "reconcile-orders";

    private const long LockKey = 0x53_46_01;
    private const int Most = 500;

    public async Task RunAsync(CancellationToken cancel)
    {
        using var alone = await AdvisoryLock.TryTakeAsync(database, LockKey, cancel);
        if (alone is null) return;

        var repaired = await lostJobs.RequeueAsync(cancel) + await FinishOpenOrdersAsync(cancel) + await SendPendingDeliveriesAsync(cancel);
        if (repaired > 0)
        {
            log.Repaired(repaired);
            await AlarmWhereManyAsync(cancel);
        }

        await database.ExecuteAsync(
            "insert into orders.rounds (name, ended_at) values ($1, now()) on conflict (name) do update set ended_at = now()", [Id], cancel);
    }

    private async Task AlarmWhereManyAsync(CancellationToken cancel)
    {
        var most = alerts.Value.RepairsAnHour;
        await using var ask = database.Query(
            "select count(*) from (select at from orders.repairs order by id desc limit $1) latest where at > now() - interval '1 hour'", most + 1);
        if (await ask.ExecuteScalarAsync(cancel) is not long repairs || repairs <= most) return;
        log.ManyRepairs(most);
        await alarm.RaiseAsync(AlertKind.ManyRepairs, $"Reconciliation had to repair more than {most} orders or deliveries within an hour.");
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
            """, [], row => (Order: row.GetGuid(0), Job: row.IsDBNull(1) ? (long?)null : row.GetInt64(1), State: row.GetString(2), Trace: row.TextOrNull(3)), cancel);

        foreach (var (order, job, state, trace) in open)
        {
            await RepairAsync(
                FinishOrder.Job(order) with { TraceParent = trace }, RepairKind.OrderLeftOpen, newJob => Guarded("""
                    with mended as (
                        update orders.orders set finish_job_id = $3
                        where id = $1 and status = 'reserving' and finish_job_id is not distinct from $2 returning id)
                    """, order, job, newJob, RepairKind.OrderLeftOpen, $"open, and its job is in state {state}", "asked Inventory again"), cancel);
        }

        return open.Count;
    }

    // A delivery that is due and has no live job: the job was lost, deleted from the dashboard, or gave up. While a new version comes in, there may
    // be effects that only it knows: they are left to it.
    private async Task<int> SendPendingDeliveriesAsync(CancellationToken cancel)
    {
        var pending = await database.ReadAsync($"""
            select d.order_id, d.effect, d.job_id, coalesce(j.statename, 'none'), coalesce(s.reason, 'it says no reason'), o.trace_parent
            from orders.deliveries d join orders.orders o on o.id = d.order_id
            left join hangfire.job j on j.id = d.job_id
            left join hangfire.state s on s.id = j.stateid
            where d.state = 'pending' and d.due_at < now() - interval '20 seconds'
              and (d.next_attempt_at is null or d.next_attempt_at < now() - interval '20 seconds')
              and {LiveJob.Sql} is not true
              and d.effect = any($1)
            order by d.due_at limit {Most}
            """, [EffectsOf.Names.ToArray()], row => new Stuck(row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetInt64(2), row.GetString(3), row.GetString(4), row.TextOrNull(5)), cancel);

        foreach (var stuck in pending)
        {
            if (stuck.GaveUp) await BuryAsync(stuck, cancel);
            else await SendAgainAsync(stuck, cancel);
        }

        return pending.Count;
    }

    private Task SendAgainAsync(Stuck stuck, CancellationToken cancel) => RepairAsync(
        EffectsOf.Named(stuck.Effect).JobFor(stuck.Order, clock.GetUtcNow()) with { RunAt = null, TraceParent = stuck.Trace }, RepairKind.DeliveryWithoutJob, newJob => Guarded("""
            with mended as (
                update orders.deliveries set job_id = $3
                where order_id = $1 and effect = $8 and state = 'pending' and job_id is not distinct from $2 returning order_id)
            """, stuck.Order, stuck.Job, newJob, RepairKind.DeliveryWithoutJob,
            $"{stuck.Effect} pending, and its job is in state {stuck.State}", "enqueued it again", stuck.Effect), cancel);

    private async Task BuryAsync(Stuck stuck, CancellationToken cancel)
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
        await alarm.RaiseAsync(AlertKind.DeadDelivery, $"{stuck.Effect} of order {stuck.Order} is dead and waits for a human: its job gave up.");
    }

    private async Task RepairAsync(NewJob job, string kind, Func<long, NpgsqlBatchCommand> repair, CancellationToken cancel)
    {
        CrashPoint.At("repair-found");
        await using var batch = database.CreateBatch();
        var id = (await jobs.EnqueueInAsync(batch, [job], cancel))[0];
        var mend = repair(id);
        batch.BatchCommands.Add(mend);
        await batch.ExecuteNonQueryAsync(cancel);
        Count(kind, mend.RecordsAffected);
        CrashPoint.At("repaired");
        jobs.Committed();
    }

    private static void Count(string kind, long repairs) => Measures.Repairs.Add(repairs, new KeyValuePair<string, object?>(Tags.Kind, kind));

    private static NpgsqlBatchCommand Guarded(
        string mend, Guid order, long? job, long newJob, string kind, string found, string done, params string[] more)
    {
        return Sql.InBatch($"""
            {mend}
            insert into orders.repairs (kind, subject, found, done) select $4, $5, $6, $7 from mended
            """, [order, job, newJob, kind, order.ToString(), found, done, .. more]);
    }

    /// <param name="Reason">Why its job is in that state, as Hangfire wrote it down.</param>
    private sealed record Stuck(Guid Order, string Effect, long? Job, string State, string Reason, string? Trace)
    {
        public bool GaveUp => State == "Failed";
    }
}
