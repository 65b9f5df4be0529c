using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Compares all our orders with all of Inventory's reservations, in both directions, page by page. Stock held for no order of ours is
/// released. For an order without its stock, the stock is reserved again, or a person is told. What is new is compared every minute. At
/// night it is all, since what differs may be old: an Inventory or a database that was set back to an earlier state says of nothing that it
/// has changed. How far a comparison came is kept in <c>orders.rounds</c>. After a kill, a deploy or an outage it goes on there.
/// </summary>
internal sealed class CompareInventory(
    NpgsqlDataSource database, LeaseLocks locks, Inventory.Inventory inventory, HeldStock stock, Findings findings)
{
    public const string Id = "compare-inventory";

    /// <summary>The lock of all jobs that compare with Inventory: only one runs at a time.</summary>
    public const string Lock = Id;

    /// <summary>Taken by nightly comparisons alone: where one of them runs, another has nothing to do.</summary>
    public const string NightlyLock = $"{Id}/nightly";

    // The rows of a comparison that has begun: when it began, and up to where it has looked. It is over when both are gone.
    private const string Reservations = $"{Id}/reservations", Orders = $"{Id}/orders";

    private const int PageSize = 200;

    private static readonly TimeSpan WhileLocked = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WhileAway = TimeSpan.FromMinutes(1);

    // Inventory may round its times, or leave out what was changed at the very time that it is asked for.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancel)
    {
        using var nightly = locks.TryTake(NightlyLock);
        if (nightly is null) return;
        // Not left to the next night: both fall due at the same minute, and either may be the first.
        using var alone = locks.TryTake(Lock)
            ?? throw new RetryLater(
                WhileLocked, new InvalidOperationException("The latest orders are being compared with Inventory."), deferred: true);
        try
        {
            // Finishing what another night has left is not this night's comparison.
            var isOfAnotherNight = await database.AskAsync(
                "select bool_or(ended_at < now() - interval '12 hours') from orders.rounds where name in ($1, $2)", [Reservations, Orders],
                cancel) is true;
            await CompareAllAsync(cancel);
            if (isOfAnotherNight) await CompareAllAsync(cancel);
        }
        catch (PartnerFault fault) when (fault is not PartnerRefused)
        {
            throw new RetryLater((fault as PartnerDeferred)?.Pause(TimeSpan.Zero) ?? WhileAway, fault, deferred: true);
        }
    }

    private async Task CompareAllAsync(CancellationToken cancel)
    {
        await database.ExecuteAsync("""
            insert into orders.rounds (name, ended_at, seen_until)
            select name, now(), 'epoch' from unnest(array[$1, $2]) name where not exists (select from orders.rounds where name in ($1, $2))
            """, [Reservations, Orders], cancel);
        if (await PlaceAsync(Reservations, cancel) is { } reservations) await CompareReservationsAsync(reservations, cancel);
        if (await PlaceAsync(Orders, cancel) is { } orders)
            await stock.CheckAsync(
                orders, await HalfAMinuteAgoAsync(cancel), again: false, cancel, reached => RememberAsync(Orders, reached, cancel));
        await EndAsync(Orders, cancel);
    }

    private async Task CompareReservationsAsync(DateTimeOffset since, CancellationToken cancel)
    {
        await foreach (var page in inventory.HeldSinceAsync(since - Slack, cancel).Chunk(PageSize))
        {
            // Others are not ours: other shops share this Inventory.
            await ReleaseUnwantedAsync(
            [
                .. page.SelectMany<ReservationDto, Guid>(
                    reservation => Guid.TryParseExact(reservation.Id, "D", out var id) && reservation.IsOf(id) ? [id] : []),
            ], cancel);
            if (page[^1].UpdatedAt is { } reached) await RememberAsync(Reservations, reached, cancel);
        }

        await EndAsync(Reservations, cancel);
    }

    private async Task<DateTimeOffset?> PlaceAsync(string direction, CancellationToken cancel) => (await database.ReadAsync(
        "select seen_until from orders.rounds where name = $1", [direction], row => row.GetFieldValue<DateTimeOffset?>(0), cancel))
        .SingleOrDefault();

    private Task RememberAsync(string direction, DateTimeOffset reached, CancellationToken cancel) => database.ExecuteAsync(
        "update orders.rounds set seen_until = greatest(seen_until, $2) where name = $1", [direction, reached], cancel);

    private Task EndAsync(string direction, CancellationToken cancel) =>
        database.ExecuteAsync("delete from orders.rounds where name = $1", [direction], cancel);

    // Read after the reservations were, so that what was placed meanwhile is known.
    private async Task ReleaseUnwantedAsync(Guid[] held, CancellationToken cancel)
    {
        var placed = await database.ReadAsync(
            "select id from orders.orders where id = any($1) and status = 'placed'", [held], row => row.GetGuid(0), cancel);
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
