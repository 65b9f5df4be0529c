using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Holds our orders against Inventory's reservations, both ways. Stock held for no order of ours is given back; an order without
/// its stock is written down for a human, since nobody can say whether the goods still lie there.
/// </summary>
internal sealed class CompareInventory(NpgsqlDataSource database, Inventory.Inventory inventory, ILogger<CompareInventory> log)
{
    private const long LockKey = 0x53_46_02;

    public async Task RunAsync(CancellationToken cancel)
    {
        using var alone = await AdvisoryLock.TryTakeAsync(database, LockKey, cancel);
        if (alone is null) return;

        // Read before the reservations are: what is placed meanwhile shows up there and not here, and is looked at by itself.
        var placed = await PlacedAsync(cancel);
        await foreach (var reservation in inventory.HeldSinceAsync(since: null, cancel))
        {
            if (!Guid.TryParse(reservation.Id, out var id)) continue; // not one of ours: other shops share this Inventory
            if (!placed.Remove(id, out var lines))
                await ReleaseUnlessWantedAsync(id, cancel);
            else if (lines != Lines(reservation.Lines))
                await WriteDownAsync(RepairKind.ReservationDiffers, id, $"Inventory holds {Lines(reservation.Lines)}, the order has {lines}", "nothing: for a human", cancel);
        }

        foreach (var (id, _) in placed)
            if (await inventory.FindAsync(id, cancel) is not { Status: "held" } && await IsPlacedAsync(id, cancel))
                await WriteDownAsync(RepairKind.OrderWithoutReservation, id, "placed, and Inventory holds nothing for it", "nothing: for a human", cancel);
    }

    private async Task ReleaseUnlessWantedAsync(Guid id, CancellationToken cancel)
    {
        // What is released can never be asked for again under its id, so no order that is may be opened again by its key: it is given up first.
        await using var end = database.Query("""
            update orders.orders set failure = case when failure in ('not-sent', 'refused') then 'given-up' else failure end
            where id = $1 and status in ('rejected', 'failed', 'cancelled') returning id
            """, id);
        if (await end.ExecuteScalarAsync(cancel) is not null)
        {
            await inventory.ReleaseAsync(id, cancel);
            await WriteDownAsync(RepairKind.ReservationWithoutOrder, id, "stock held for an order that did not come about", "released it", cancel);
        }
        else if (!await IsKnownAsync(id, cancel))
            // A reservation with an id like ours and no order: another shop's, or from a database that was set back. Not ours to release.
            await WriteDownAsync(RepairKind.ReservationWithoutOrder, id, "stock held for an order nobody here knows", "nothing: for a human", cancel);
    }

    // Cancelled since we read the list, it holds nothing and should not.
    private async Task<bool> IsPlacedAsync(Guid id, CancellationToken cancel)
    {
        await using var ask = database.Query("select status = 'placed' from orders.orders where id = $1", id);
        return await ask.ExecuteScalarAsync(cancel) is true;
    }

    private async Task<bool> IsKnownAsync(Guid id, CancellationToken cancel)
    {
        await using var ask = database.Query("select true from orders.orders where id = $1", id);
        return await ask.ExecuteScalarAsync(cancel) is true;
    }

    private async Task<Dictionary<Guid, string>> PlacedAsync(CancellationToken cancel)
    {
        var placed = await database.ReadAsync("""
            select o.id, string_agg(l.quantity || ' ' || l.sku, ', ' order by l.sku collate "C")
            from orders.orders o join orders.lines l on l.order_id = o.id
            where o.status = 'placed' group by o.id
            """, [], row => (Id: row.GetGuid(0), Lines: row.GetString(1)), cancel);
        return placed.ToDictionary(order => order.Id, order => order.Lines);
    }

    // Once a difference is written down it is not written down every night again.
    private async Task WriteDownAsync(string kind, Guid id, string found, string done, CancellationToken cancel)
    {
        log.Differs(id, found);
        var written = await database.ExecuteAsync("""
            insert into orders.repairs (kind, subject, found, done)
            select $1, $2, $3, $4 where not exists (select 1 from orders.repairs where kind = $1 and subject = $2 and found = $3)
            """, [kind, id.ToString(), found, done], cancel);
        Measures.Repairs.Add(written, new KeyValuePair<string, object?>(Tags.Kind, kind));
    }

    private static string Lines(IEnumerable<ReserveLine> lines) =>
        string.Join(", ", lines.OrderBy(line => line.Sku, StringComparer.Ordinal).Select(line => $"{line.Quantity} {line.Sku}"));
}
