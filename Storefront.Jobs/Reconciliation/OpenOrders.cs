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
    private const int Most = 500;

    /// <summary>Returns how many.</summary>
    public async Task<int> FinishAsync(CancellationToken cancel)
    {
        var open = await database.ReadAsync($"""
            select o.id, o.finish_job_id, coalesce(j.statename, 'none'), o.trace_parent from orders.orders o
            left join hangfire.job j on j.id = o.finish_job_id
            where o.status = 'reserving' and o.created_at < now() - interval '20 seconds'
              and (o.lease_until is null or o.lease_until < now())
              and {LiveJob.Sql} is not true
            order by o.created_at limit {Most}
            """, [],
            row => (Id: row.GetGuid(0), Job: row.GetFieldValue<long?>(1), State: row.GetString(2), Trace: row.TextOrNull(3)), cancel);

        var repaired = 0;
        foreach (var order in open)
        {
            var isRepaired = await repairs.MakeAsync(
                new(RepairKind.OrderLeftOpen, order.Id, $"open, and its job is in state {order.State}", "asked Inventory again"),
                FinishOrder.Job(order.Id) with { TraceParent = order.Trace },
                """
                update orders.orders set finish_job_id = $5
                where id = $1 and status = 'reserving' and finish_job_id is not distinct from $6
                """, [order.Job], cancel);
            if (isRepaired) repaired++;
        }

        return repaired;
    }
}
