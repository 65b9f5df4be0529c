using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Finds open orders that nobody works on: the process that asked for their stock died, or the job that should have finished them is gone.
/// </summary>
internal sealed class OpenOrders(NpgsqlDataSource database, RepairWriter repairs)
{
    private const int PageSize = 500;

    private sealed record Open(Guid Id, DateTimeOffset At, long? Job, string State, string? Trace);

    /// <summary>Returns how many.</summary>
    public async Task<int> FinishAsync(CancellationToken cancel)
    {
        var repaired = 0;
        for (var (at, id) = (DateTimeOffset.UnixEpoch, Guid.Empty);
            await PageAsync(at, id, cancel) is [.., var last] page;
            (at, id) = (last.At, last.Id))
            foreach (var order in page)
                if (await FinishAsync(order, cancel)) repaired++;
        return repaired;
    }

    private Task<List<Open>> PageAsync(DateTimeOffset at, Guid id, CancellationToken cancel) => database.ReadAsync($"""
        select o.id, o.created_at, o.finish_job_id, coalesce(j.statename, 'none'), o.trace_parent from orders.orders o
        left join hangfire.job j on j.id = o.finish_job_id
        where o.status = 'reserving' and o.created_at < now() - interval '20 seconds' and (o.created_at, o.id) > ($1, $2)
          and (o.lease_until is null or o.lease_until < now())
          and {LiveJob.Sql} is not true
        order by o.created_at, o.id limit {PageSize}
        """, [at, id],
        row => new Open(
            row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<long?>(2), row.GetString(3), row.TextOrNull(4)),
        cancel);

    private Task<bool> FinishAsync(Open order, CancellationToken cancel) => repairs.MakeAsync(
        new(RepairKind.OrderLeftOpen, order.Id, $"open, and its job is in state {order.State}", "asked Inventory again"),
        FinishOrder.Job(order.Id) with { TraceParent = order.Trace },
        """
        update orders.orders set finish_job_id = $5
        where id = $1 and status = 'reserving' and finish_job_id is not distinct from $6
        """, [order.Job], cancel);
}
