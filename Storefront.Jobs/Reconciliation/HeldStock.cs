using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Checks that Inventory holds the stock of placed orders. What is missing is reserved again under the same id, or a person is told.
/// </summary>
internal sealed class HeldStock(NpgsqlDataSource database, Inventory.Inventory inventory, Findings findings)
{
    private const int PageSize = 500;

    // Between an order and its reservation, and between the two clocks. An order outside of it is asked about by itself.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private sealed record Placed(Guid Id, DateTimeOffset At, TimeSpan Age, IReadOnlyList<OrderLine> Lines);

    /// <summary>Looks at the orders that were written down after one time and until another, page by page.</summary>
    /// <param name="again">Leaves out orders that a person has already been told of.</param>
    /// <param name="reached">Told after each page of the time of its last order.</param>
    /// <returns>The earliest time of an order about which Inventory gave no definite answer; null: there is none.</returns>
    /// <exception cref="Partners.PartnerFault">Inventory's list could not be read.</exception>
    public async Task<DateTimeOffset?> CheckAsync(
        DateTimeOffset since, DateTimeOffset until, bool again, CancellationToken cancel, Func<DateTimeOffset, Task>? reached = null)
    {
        DateTimeOffset? open = null;
        for (var (at, id) = (since, Guid.Empty);
            await PageAsync(at, id, until, cancel) is [.., var last] page;
            (at, id) = (last.At, last.Id))
        {
            foreach (var order in await NotListedAsync(page, cancel))
                if (!(again && await IsToldAsync(order.Id, cancel)) && !await SettleAsync(order, cancel)) open ??= order.At;
            if (reached is not null) await reached(last.At);
        }

        return open;
    }

    // The list is the quick way to see that all is well: one call for many orders.
    private async Task<IEnumerable<Placed>> NotListedAsync(List<Placed> page, CancellationToken cancel)
    {
        var missing = page.ToDictionary(order => order.Id.ToString());
        await foreach (var reservation in inventory.HeldSinceAsync(page[0].At - Slack, cancel))
        {
            if (missing.Remove(reservation.Id, out var order) && !reservation.Has(order.Lines)) missing.Add(reservation.Id, order);
            if (missing.Count == 0 || reservation.UpdatedAt > page[^1].At + Slack) break;
        }

        return page.Where(order => missing.ContainsKey(order.Id.ToString()));
    }

    // The list may be older than the reservation, so the reservation itself is asked for before anything is done.
    private async Task<bool> SettleAsync(Placed order, CancellationToken cancel)
    {
        try
        {
            switch (await inventory.FindAsync(order.Id, cancel))
            {
                case { Status: ReservationDto.Held } held when held.Has(order.Lines):
                    return true;
                case { Status: ReservationDto.Held } held:
                    await TellAsync(
                        RepairKind.ReservationDiffers, order,
                        $"Inventory holds {Words(held.Lines)}, the order has {Words(order.Lines)}",
                        "which of them is right is not known", cancel);
                    return true;
                case { }:
                    await TellAsync(
                        RepairKind.OrderWithoutReservation, order,
                        "placed, and Inventory has released its stock", "what is released cannot be reserved again", cancel);
                    return true;
                default:
                    return await ReserveAgainAsync(order, cancel);
            }
        }
        catch (Partners.PartnerFault fault)
        {
            return await UnlessTooLongAsync(order, fault.Message, cancel);
        }
    }

    private async Task<bool> ReserveAgainAsync(Placed order, CancellationToken cancel)
    {
        const string found = "placed, and Inventory holds nothing for it";
        if (!await IsPlacedAsync(order.Id, cancel)) return true;
        switch (await inventory.ReserveAsync(order.Id, order.Lines, cancel))
        {
            // If the order was cancelled meanwhile, its release comes after this reservation, or has made it impossible.
            case ReserveAnswer.Held:
                await findings.MendedAsync(
                    RepairKind.OrderWithoutReservation, order.Id, found, "reserved it again under the same id", cancel);
                return true;
            case ReserveAnswer.No no:
                await TellAsync(
                    RepairKind.OrderWithoutReservation, order, found, $"it could not be reserved again ({EnumName.Of(no.Why)})", cancel);
                return true;
            case ReserveAnswer.Unknown unknown:
                return await UnlessTooLongAsync(order, unknown.Why, cancel);
            default:
                return await UnlessTooLongAsync(order, "Inventory cannot be asked.", cancel);
        }
    }

    // Asked again with the next round, as long as it makes sense to wait.
    private async Task<bool> UnlessTooLongAsync(Placed order, string why, CancellationToken cancel)
    {
        if (order.Age < Patience) return false;
        await TellAsync(
            RepairKind.OrderWithoutReservation, order,
            "placed, and Inventory does not say that it holds its stock", why.TrimEnd('.'), cancel);
        return true;
    }

    // An order that was cancelled since the page was read holds nothing, and should not.
    private async Task TellAsync(string kind, Placed order, string found, string why, CancellationToken cancel)
    {
        if (await IsPlacedAsync(order.Id, cancel)) await findings.LeftToPersonAsync(kind, order.Id, found, why, cancel);
    }

    private async Task<bool> IsPlacedAsync(Guid id, CancellationToken cancel) =>
        await database.AskAsync("select status = 'placed' from orders.orders where id = $1", [id], cancel) is true;

    private async Task<bool> IsToldAsync(Guid id, CancellationToken cancel) => await database.AskAsync(
        "select true from orders.repairs where subject = $1 and done like 'nothing%' limit 1", [id.ToString()], cancel) is true;

    private Task<List<Placed>> PageAsync(
        DateTimeOffset at, Guid id, DateTimeOffset until, CancellationToken cancel) => database.ReadAsync($"""
        select o.id, o.created_at, now() - o.created_at, line.skus, line.quantities
        from (
            select id, created_at from orders.orders
            where (created_at, id) > ($1, $2) and created_at <= $3 and status = 'placed' order by created_at, id limit {PageSize}) o
        cross join lateral (select array_agg(sku) as skus, array_agg(quantity) as quantities from orders.lines where order_id = o.id) line
        order by o.created_at, o.id
        """, [at, id, until], row => new Placed(
            row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetTimeSpan(2),
            [
                .. row.GetFieldValue<string[]>(3).Zip(
                    row.GetFieldValue<int[]>(4), (sku, quantity) => new OrderLine(sku, sku, quantity, 0)),
            ]), cancel);

    private static string Words(IEnumerable<ReserveLine> lines) => string.Join(
        ", ", lines.OrderBy(line => line.Sku, StringComparer.Ordinal).Select(line => $"{line.Quantity} {line.Sku}"));

    private static string Words(IEnumerable<OrderLine> lines) => Words(lines.Select(line => new ReserveLine(line.Sku, line.Quantity)));
}
