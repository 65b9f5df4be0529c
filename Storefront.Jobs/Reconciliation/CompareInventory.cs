using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Compares all our orders with all of Inventory's reservations, in both directions, page by page. Stock held for no order of ours is
/// released. For an order without its stock, the stock is reserved again, or a person is told.
/// </summary>
internal sealed class CompareInventory(
    NpgsqlDataSource database, LeaseLocks locks, Inventory.Inventory inventory, HeldStock stock, Findings findings)
{
    public const string Id = "compare-inventory";

    /// <summary>The lock of all jobs that compare with Inventory: only one runs at a time.</summary>
    public const string Lock = Id;

    /// <summary>Taken by nightly comparisons alone: where one of them runs, another has nothing to do.</summary>
    public const string NightlyLock = $"{Id}/nightly";

    private const int PageSize = 200;

    private static readonly TimeSpan WhileLocked = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancel)
    {
        using var nightly = locks.TryTake(NightlyLock);
        if (nightly is null) return;
        // Not left to the next night: both fall due at the same minute, and either may be the first.
        using var alone = locks.TryTake(Lock)
            ?? throw new RetryLater(
                WhileLocked, new InvalidOperationException("The latest orders are being compared with Inventory."), deferred: true);

        var held = new List<Guid>(PageSize);
        await foreach (var reservation in inventory.HeldSinceAsync(since: null, cancel))
        {
            // Others are not ours: other shops share this Inventory.
            if (Guid.TryParseExact(reservation.Id, "D", out var id) && id.ToString() == reservation.Id) held.Add(id);
            if (held.Count < PageSize) continue;
            await ReleaseUnwantedAsync(held, cancel);
            held.Clear();
        }

        await ReleaseUnwantedAsync(held, cancel);
        await stock.CheckAsync(DateTimeOffset.UnixEpoch, await HalfAMinuteAgoAsync(cancel), again: false, cancel);
    }

    // Read after the reservations were, so that what was placed meanwhile is known.
    private async Task ReleaseUnwantedAsync(List<Guid> held, CancellationToken cancel)
    {
        if (held.Count == 0) return;
        var placed = await database.ReadAsync(
            "select id from orders.orders where id = any($1) and status = 'placed'", [held.ToArray()], row => row.GetGuid(0), cancel);
        foreach (var id in held.Except(placed)) await ReleaseUnlessWantedAsync(id, cancel);
    }

    private async Task ReleaseUnlessWantedAsync(Guid id, CancellationToken cancel)
    {
        // What is released can never be asked for again under its id, so no order that is may be opened again by its key: it is given up
        // first.
        var ended = await database.AskAsync("""
            update orders.orders set failure = case when failure in ('not-sent', 'refused') then 'given-up' else failure end
            where id = $1 and status in ('rejected', 'failed', 'cancelled') returning id
            """, [id], cancel);
        if (ended is not null)
        {
            await inventory.ReleaseAsync(id, cancel);
            await findings.MendedAsync(
                RepairKind.ReservationWithoutOrder, id, "stock held for an order that did not come about", "released it", cancel);
        }
        else if (await database.AskAsync("select true from orders.orders where id = $1", [id], cancel) is null)
            // Another shop's, or from a database that was set back. Not ours to release.
            await findings.LeftToPersonAsync(
                RepairKind.ReservationWithoutOrder, id, "stock held for an order nobody here knows", "it may be another shop's", cancel);
    }

    // By the database's clock, as the orders' times are.
    private async Task<DateTimeOffset> HalfAMinuteAgoAsync(CancellationToken cancel) => (await database.ReadAsync(
        "select now() - interval '30 seconds'", [], row => row.GetFieldValue<DateTimeOffset>(0), cancel)).Single();
}
