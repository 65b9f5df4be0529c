using System.Text.Json;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Orders;

public sealed partial class OrderStore
{
    /// <summary>
    /// Writes down what was decided. The order, its effects and the jobs that do them are committed together, or not at all.
    /// </summary>
    public Task<Order> SettleAsync(Lease lease, Decision decision, CancellationToken cancel = default) => decision switch
    {
        Decision.Place => SettleAsync(lease, OrderStatus.Placed, null, [], effects.PlacingOf(lease.Traits), cancel),
        Decision.Refuse no => SettleAsync(
            lease, no.Status, no.Why, no.Shortfalls, effects.Refusing(no.Release, no.Apologise), cancel),
        _ => LeaveOpenAsync(lease, cancel),
    };

    // The order stays open. One job asks again until the answer is known, however often the shopper repeats the order.
    private async Task<Order> LeaveOpenAsync(Lease lease, CancellationToken cancel)
    {
        if (await HasFinishingJobAsync(lease.OrderId, cancel))
        {
            await ReleaseLeaseAsync(lease, cancel);
            return (await FindAsync(lease.OrderId, cancel))!;
        }

        using var span = Spans.StartCommit();
        return await jobs.WithFreeIdsAsync(async () =>
        {
            await using var batch = database.CreateBatch();
            var job = await jobs.EnqueueInAsync(batch, [FinishOrder.Job(lease.OrderId)], cancel);
            batch.BatchCommands.Insert(0, WriteOutcome(lease, OrderStatus.Reserving, null, [], job[0]));
            batch.AddCalls(lease.OrderId, CallRows.Reservation);
            return await CommitAsync(batch, lease, OrderStatus.Reserving, [Queues.Orders], cancel);
        });
    }

    private async Task<bool> HasFinishingJobAsync(Guid orderId, CancellationToken cancel) => await database.AskAsync(
        $"select {LiveJob.Sql} from orders.orders o join hangfire.job j on j.id = o.finish_job_id where o.id = $1", [orderId], cancel)
        is true;

    private Task<Order> SettleAsync(
        Lease lease, OrderStatus status, OrderFailure? why, IReadOnlyList<Shortfall> shortfalls, IReadOnlyList<Effect> due,
        CancellationToken cancel) =>
        jobs.WithFreeIdsAsync(async () =>
        {
            using var span = Spans.StartCommit();
            await using var batch = database.CreateBatch();
            batch.BatchCommands.Add(WriteOutcome(lease, status, why, shortfalls, job: null));
            await AddEffectsAsync(batch, lease.OrderId, due, cancel);
            batch.AddCalls(lease.OrderId, CallRows.Reservation);

            // Until the next line nothing has happened; after it, everything will.
            return await CommitAsync(batch, lease, status, due.Select(effect => effect.Queue), cancel);
        });

    private async Task AddEffectsAsync(NpgsqlBatch batch, Guid orderId, IReadOnlyList<Effect> due, CancellationToken cancel)
    {
        if (due.Count == 0) return;
        var ids = await jobs.EnqueueInAsync(batch, [.. due.Select(effect => effect.JobFor(orderId, clock.GetUtcNow()))], cancel);
        batch.BatchCommands.Add(Ledger.Rows(orderId, due, ids));
    }

    private async Task<Order> CommitAsync(
        NpgsqlBatch batch, Lease lease, OrderStatus status, IEnumerable<string> queues, CancellationToken cancel)
    {
        batch.BatchCommands.Add(Sql.InBatch(OrderRow.Select, lease.OrderId));
        CrashPoint.At("before-commit");
        var order = await ConnectionLoss.RetryAsync(clock, async again =>
        {
            try
            {
                return await ExecuteAsync(batch, cancel);
            }
            catch (PostgresException lost) when (RequiredChange.IsMissing(lost))
            {
                // The second time, the lease may be gone because the first time happened: the order itself says.
                return again && await HappenedAsync(lease, status, cancel)
                    ? (await FindAsync(lease.OrderId, cancel))! : throw new LeaseLostException(lease.OrderId);
            }
        }, cancel);
        CrashPoint.At("after-commit");
        jobs.Committed([.. queues]);
        return order;
    }

    private static async Task<Order> ExecuteAsync(NpgsqlBatch batch, CancellationToken cancel)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        await reader.NextResultAsync(cancel); // past what settling returns
        await reader.ReadAsync(cancel);
        var order = OrderRow.Read(reader);
        await reader.NextResultAsync(cancel); // the commit is at the very end
        return order;
    }

    private async Task<bool> HappenedAsync(Lease lease, OrderStatus status, CancellationToken cancel) => await database.AskAsync(
        "select 1 from orders.orders where id = $1 and status = $2 and lease_token is distinct from $3",
        [lease.OrderId, EnumName.Of(status), lease.Token], cancel) is not null;

    private static NpgsqlBatchCommand WriteOutcome(
        Lease lease, OrderStatus status, OrderFailure? why, IReadOnlyList<Shortfall> shortfalls, long? job) =>
        Sql.InBatch("""
            with settled as (
                update orders.orders
                set status = $3, failure = $4, shortfalls = $5::jsonb, finish_job_id = coalesce($6, finish_job_id),
                    lease_token = null, lease_until = null, placed_at = case when $3 = 'placed' then now() end
                where id = $1 and status = 'reserving' and lease_token = $2
                returning id)
            select orders.require_change(count(*)) from settled
            """,
            lease.OrderId, lease.Token, EnumName.Of(status), why is { } failure ? EnumName.Of(failure) : null,
            StorableJson.From(JsonSerializer.Serialize(shortfalls, JsonSerializerOptions.Web)), job);
}
