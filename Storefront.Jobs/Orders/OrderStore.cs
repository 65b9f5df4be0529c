using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.Orders;

/// <summary>
/// The only class that changes an order's status. Each method is one transaction; the clock is the database's, one for all nodes.
/// </summary>
public sealed partial class OrderStore(NpgsqlDataSource database, TransactionalJobs jobs, EffectCatalogue effects, TimeProvider clock)
{
    /// <summary>Longer than the inline call can take, so that only a process that died leaves a lease to run out.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    /// <summary>The order with its lines and deliveries, or null.</summary>
    public async Task<Order?> FindAsync(Guid id, CancellationToken cancel = default) =>
        (await database.ReadAsync(OrderRow.Select, [id], OrderRow.Read, cancel)).SingleOrDefault();

    /// <summary>The order that this key opens, or null.</summary>
    public async Task<Order?> FindByKeyAsync(Guid key, CancellationToken cancel = default) =>
        (await database.ReadAsync(OrderRow.SelectByKey, [key], OrderRow.Read, cancel)).SingleOrDefault();

    /// <summary>True when an order was written down under this key, whatever became of it.</summary>
    public async Task<bool> KnowsAsync(string idempotencyKey, CancellationToken cancel) =>
        await database.AskAsync("select 1 from orders.orders where idempotency_key = $1", [idempotencyKey], cancel) is not null;

    /// <summary>Takes the lease of an open order that nobody works on. Null: somebody does, or it is no longer open.</summary>
    public async Task<Lease?> TakeLeaseAsync(Guid orderId, CancellationToken cancel)
    {
        var token = Guid.NewGuid();
        return (await database.ReadAsync("""
            update orders.orders set lease_token = $2, lease_until = now() + $3
            where id = $1 and status = 'reserving' and (lease_until is null or lease_until < now())
            returning account, total, currency
            """, [orderId, token, LeaseTime],
            row => new Lease(orderId, token, new(row.GetFieldValue<Guid?>(0), row.GetDecimal(1), row.GetString(2))), cancel))
            .SingleOrDefault();
    }

    /// <summary>Gives the lease back and leaves the order open.</summary>
    public async Task ReleaseLeaseAsync(Lease lease, CancellationToken cancel = default)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.InBatch(
            "update orders.orders set lease_token = null, lease_until = null where id = $1 and lease_token = $2", lease.OrderId,
            lease.Token));
        batch.AddCalls(lease.OrderId, CallRows.Reservation);
        await ConnectionLoss.RetryAsync(clock, _ => batch.ExecuteNonQueryAsync(cancel), cancel);
    }
}
