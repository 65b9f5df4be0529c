using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Reconciliation;
using Storefront.Tests.Support;

namespace Storefront.Tests.Reconciliation;

/// <summary>The lost reservation of a placed order is made again within minutes, or reported to a person.</summary>
public sealed class HeldStockTests(HeldStockTests.ShopWithAlerts shop) : IClassFixture<HeldStockTests.ShopWithAlerts>, IAsyncLifetime
{
    private readonly OrderStore orders = shop.Get<OrderStore>();

    public async ValueTask InitializeAsync()
    {
        // Each test sees its own orders alone.
        await ExecuteAsync("truncate orders.orders, orders.repairs, orders.rounds, orders.alerts cascade");
        await shop.Partners.SetStockAsync(Goods.Lamp, 10_000);
    }

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_placed_order_without_its_reservation_has_it_reserved_again(bool recent)
    {
        var id = await PlaceAsync();

        await CompareAsync(recent);
        await CompareAsync(recent);

        (await StatusAsync(id)).ShouldBe("held");
        (await RepairsAsync(id)).ShouldBe(["order-without-reservation: reserved it again under the same id"]);
    }

    [Fact]
    public async Task An_order_that_holds_its_stock_is_left_alone()
    {
        var id = await PlaceAsync();
        (await shop.Get<Inventory>().ReserveAsync(id, [Line], CancellationToken.None)).ShouldBeOfType<ReserveAnswer.Held>();

        await CompareAsync(recent: true);
        await CompareAsync(recent: false);

        (await RepairsAsync(id)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_reservation_whose_stock_is_sold_out_is_reported_to_a_person_once(bool recent)
    {
        var id = await PlaceAsync();
        await shop.Partners.SetStockAsync(Goods.Lamp, 0);

        await CompareAsync(recent);
        await CompareAsync(recent);

        (await RepairsAsync(id)).ShouldBe(["order-without-reservation: nothing, for a human: it could not be reserved again (sold-out)"]);
        (await AlertsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_released_reservation_of_a_placed_order_is_reported_to_a_person()
    {
        var id = await PlaceAsync();
        await shop.Get<Inventory>().ReleaseAsync(id, CancellationToken.None);

        await CompareAsync(recent: true);

        (await RepairsAsync(id)).ShouldHaveSingleItem().ShouldStartWith("order-without-reservation: nothing, for a human");
        (await AlertsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_reservation_with_other_lines_is_reported_to_a_person()
    {
        var id = await PlaceAsync();
        await shop.Get<Inventory>().ReserveAsync(id, [Line with { Quantity = 2 }], CancellationToken.None);

        await CompareAsync(recent: true);

        (await RepairsAsync(id)).ShouldHaveSingleItem().ShouldStartWith("reservation-differs: nothing, for a human");
    }

    [Fact]
    public async Task A_cancelled_order_without_a_reservation_is_left_alone()
    {
        var id = await PlaceAsync();
        await orders.CancelAsync(id, OrderStore.ShoppersMayCancelWithin);

        await CompareAsync(recent: true);

        (await RepairsAsync(id)).ShouldBeEmpty();
        (await StatusAsync(id)).ShouldBeNull();
    }

    [Fact]
    public async Task When_Inventory_does_not_answer_the_next_round_asks_again()
    {
        var id = await PlaceAsync();
        await shop.Partners.BreakAsync("inventory", new { status = 500 });
        await CompareAsync(recent: true);
        (await RepairsAsync(id)).ShouldBeEmpty();

        await shop.Partners.HealAsync();
        await CompareAsync(recent: true);

        (await StatusAsync(id)).ShouldBe("held");
    }

    [Fact]
    public async Task An_order_that_was_open_in_the_last_round_is_checked_once_it_is_placed()
    {
        var open = await OpenAsync();
        await AgeAsync(open.OrderId);
        await PlaceAsync();
        await CompareAsync(recent: true);

        await orders.PlaceAsync(open);
        await CompareAsync(recent: true);

        (await StatusAsync(open.OrderId)).ShouldBe("held");
    }

    [Fact]
    public async Task A_reservation_lost_after_its_check_is_made_again()
    {
        var id = await PlaceAsync();
        await CompareAsync(recent: true);
        await CompareAsync(recent: true);
        await shop.Partners.ForgetReservationAsync(id);

        await CompareAsync(recent: true);

        (await StatusAsync(id)).ShouldBe("held");
        (await RepairsAsync(id)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_order_reported_to_a_person_is_not_repaired()
    {
        var id = await PlaceAsync();
        await CompareAsync(recent: true);
        await shop.Get<Inventory>().ReleaseAsync(id, CancellationToken.None);
        await CompareAsync(recent: true);
        await shop.Partners.ForgetReservationAsync(id);

        await CompareAsync(recent: true);

        (await StatusAsync(id)).ShouldBeNull();
        (await RepairsAsync(id)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_older_order_is_checked_again_at_night()
    {
        var id = await PlaceAsync();
        await CompareAsync(recent: true);
        await CompareAsync(recent: true);
        await PlaceManyAfterAsync(id);
        await ExecuteAsync("update orders.orders set created_at = created_at - interval '1 second' where id = $1", id);
        await CompareAsync(recent: true);
        await shop.Partners.ForgetReservationAsync(id);

        await CompareAsync(recent: true);
        (await StatusAsync(id)).ShouldBeNull();

        await CompareAsync(recent: false);
        (await StatusAsync(id)).ShouldBe("held");
    }

    [Fact]
    public async Task More_orders_than_one_page_are_all_checked()
    {
        await PlaceManyAfterAsync(await PlaceAsync());

        await CompareAsync(recent: true);

        var held = (await shop.Partners.ReservationsAsync())
            .Where(reservation => reservation.GetProperty("status").GetString() == "held")
            .Select(reservation => reservation.GetProperty("id").GetString()).ToHashSet();
        (await ScalarAsync("select array_agg(id::text) from orders.orders") as string[])!
            .Where(order => !held.Contains(order)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_nightly_comparison_that_finds_the_minutely_one_running_is_put_off_and_not_skipped()
    {
        var id = await PlaceAsync();
        using (shop.Get<LeaseLocks>().TryTake(CompareInventory.Lock))
            (await Should.ThrowAsync<RetryLater>(CompareAsync(recent: false))).Deferred.ShouldBeTrue();
        (await StatusAsync(id)).ShouldBeNull();

        await CompareAsync(recent: false);

        (await StatusAsync(id)).ShouldBe("held");
    }

    [Fact]
    public async Task A_second_nightly_comparison_ends_while_the_first_one_runs()
    {
        var id = await PlaceAsync();
        using var first = shop.Get<LeaseLocks>().TryTake(CompareInventory.NightlyLock);

        await CompareAsync(recent: false);

        (await StatusAsync(id)).ShouldBeNull();
    }

    [Theory]
    [InlineData(4, 9)] // among the reservations
    [InlineData(10, 4)] // among the orders
    public async Task A_nightly_comparison_that_is_killed_goes_on_where_it_was_and_the_next_one_compares_all(int before, int after)
    {
        var inventory = await HoldManyAsync();
        var first = inventory.Held[0];
        (await NightAsync(inventory)).ShouldBe(13);

        await Should.ThrowAsync<OperationCanceledException>(NightAsync(inventory, killedAfter: before));
        inventory.Held.Remove(first);
        (await NightAsync(inventory)).ShouldBe(after);
        inventory.Held.ShouldNotContain(first, "it was looked at before the kill");

        await NightAsync(inventory);
        inventory.Held.ShouldContain(held => held.Id == first.Id);
    }

    [Fact]
    public async Task What_the_night_before_left_unfinished_is_finished_also_after_a_kill_and_then_all_is_compared()
    {
        var inventory = await HoldManyAsync();
        await Should.ThrowAsync<OperationCanceledException>(NightAsync(inventory, killedAfter: 4));
        await ExecuteAsync("update orders.rounds set ended_at = ended_at - interval '1 day'");
        await Should.ThrowAsync<OperationCanceledException>(NightAsync(inventory, killedAfter: 2));

        (await NightAsync(inventory)).ShouldBe(7 + 13);
    }

    [Fact]
    public async Task A_nightly_comparison_that_Inventory_does_not_answer_is_put_off_and_is_no_bug()
    {
        await PlaceAsync();
        await shop.Partners.BreakAsync("inventory", new { status = 500 });

        (await Should.ThrowAsync<RetryLater>(CompareAsync(recent: false))).Deferred.ShouldBeTrue();
    }

    // Returns how many pages of its list Inventory was asked for.
    private async Task<int> NightAsync(ListedInventory api, int killedAfter = int.MaxValue)
    {
        using var kill = new CancellationTokenSource();
        (api.Lists, api.Listing) = (0, () => api.Lists == killedAfter ? kill.CancelAsync() : Task.CompletedTask);
        var inventory = new Inventory(
            api, api, api, shop.Get<IOptions<InventoryOptions>>(), shop.Get<PartnerGates>(), shop.Get<PartnerCalls>());
        var held = ActivatorUtilities.CreateInstance<HeldStock>(shop.Services, inventory);
        await ActivatorUtilities.CreateInstance<CompareInventory>(shop.Services, inventory, held).RunAsync(kill.Token);
        return api.Lists;
    }

    // The stock of many orders, each of another minute.
    private async Task<ListedInventory> HoldManyAsync()
    {
        await PlaceManyAfterAsync(await PlaceAsync());
        await ExecuteAsync("""
            update orders.orders o set created_at = now() - interval '10 days' + n * interval '1 minute'
            from (select id, row_number() over (order by id) n from orders.orders) numbered where numbered.id = o.id
            """);
        var inventory = new ListedInventory();
        await using var read = shop.Database.CreateCommand("select id::text, created_at from orders.orders order by created_at");
        await using var row = await read.ExecuteReaderAsync();
        while (await row.ReadAsync())
            inventory.Held.Add(new(
                row.GetString(0), ReservationDto.Held, [new(Line.Sku, Line.Quantity)], row.GetFieldValue<DateTimeOffset>(1)));
        return inventory;
    }

    private async Task PlaceManyAfterAsync(Guid id)
    {
        await ExecuteAsync("""
            insert into orders.orders (id, idempotency_key, request_hash, status, email, name,
                                       line1, city, postal_code, country, currency, total, created_at, placed_at)
            select gen_random_uuid(), 'page-' || n, '\x01', 'placed', 'ada@example.com', 'Ada',
                   '1', 'London', 'N1', 'GB', 'EUR', 139, o.created_at, now()
            from generate_series(1, 1100) n, orders.orders o where o.id = $1
            """, id);
        await ExecuteAsync("""
            insert into orders.lines (order_id, position, sku, name, quantity, unit_price)
            select id, 1, $1, 'Desk Lamp', 1, 139 from orders.orders where idempotency_key like 'page-%'
            """, Goods.Lamp);
    }

    private static readonly OrderLine Line = new(Goods.Lamp, "Desk Lamp", 1, 139m);

    private async Task CompareAsync(bool recent)
    {
        var findings = Findings();
        var stock = ActivatorUtilities.CreateInstance<HeldStock>(shop.Services, findings);
        if (recent) await ActivatorUtilities.CreateInstance<CompareRecentOrders>(shop.Services, stock).RunAsync(CancellationToken.None);
        else await ActivatorUtilities.CreateInstance<CompareInventory>(shop.Services, stock, findings).RunAsync(CancellationToken.None);
    }

    // A new process has not told anybody of anything yet.
    private Findings Findings() =>
        ActivatorUtilities.CreateInstance<Findings>(shop.Services, ActivatorUtilities.CreateInstance<Alarm>(shop.Services));

    private async Task<Lease> OpenAsync() => ((Opened.Ours)await orders.OpenAsync(
        new(Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR", [Line]),
        CancellationToken.None)).Lease;

    // An earlier version placed orders without asking Inventory.
    private async Task<Guid> PlaceAsync()
    {
        var lease = await OpenAsync();
        await orders.PlaceAsync(lease);
        await AgeAsync(lease.OrderId);
        return lease.OrderId;
    }

    private Task AgeAsync(Guid id) =>
        ExecuteAsync("update orders.orders set created_at = created_at - interval '1 minute' where id = $1", id);

    private async Task<string?> StatusAsync(Guid id) => (await shop.Partners.ReservationOfAsync(id))?.GetProperty("status").GetString();

    private async Task<IReadOnlyList<string>> RepairsAsync(Guid id) =>
        (string[])(await ScalarAsync(
            "select coalesce(array_agg(kind || ': ' || done order by id), '{}') from orders.repairs where subject = $1::text", id))!;

    private async Task<long> AlertsAsync()
    {
        await Findings().TellAsync(CancellationToken.None);
        return (long)(await ScalarAsync("select count(*) from orders.alerts where kind = 'left-to-person'"))!;
    }

    private Task ExecuteAsync(string sql, params object[] values) => ScalarAsync(sql, values);

    private async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var command = shop.Database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Lists what it holds by the time it was changed, as Inventory's contract says.</summary>
    private sealed class ListedInventory : IInventoryApi
    {
        public List<ReservationDto> Held { get; } = [];
        public int Lists { get; set; }
        public Func<Task> Listing { get; set; } = () => Task.CompletedTask;

        public async Task<HttpResponseMessage> ListAsync(
            string? status, DateTimeOffset? updatedSince, string? cursor, int limit, CancellationToken cancel)
        {
            await Listing();
            cancel.ThrowIfCancellationRequested();
            Lists++;
            var from = cursor is null ? Held.FindIndex(held => held.UpdatedAt >= (updatedSince ?? DateTimeOffset.MinValue))
                : int.Parse(cursor, CultureInfo.InvariantCulture);
            var page = from < 0 ? [] : Held.Skip(from).Take(limit).ToList();
            var next = page.Count > 0 && from + limit < Held.Count ? $"{from + limit}" : null;
            return Answer(HttpStatusCode.OK, new ReservationPage(page, next));
        }

        public Task<HttpResponseMessage> GetAsync(string id, CancellationToken cancel) => Task.FromResult(
            Held.Find(held => held.Id == id) is { } found
                ? Answer(HttpStatusCode.OK, found) : Answer(HttpStatusCode.NotFound, new InventoryProblem("not_found")));

        public Task<HttpResponseMessage> ReserveAsync(
            string id, ReserveRequest request, AttemptOutcome outcome, CancellationToken cancel)
        {
            Held.Add(new(id, ReservationDto.Held, request.Lines, TimeProvider.System.GetUtcNow()));
            return Task.FromResult(Answer(HttpStatusCode.Created, Held[^1]));
        }

        public Task<HttpResponseMessage> ReleaseAsync(string id, CancellationToken cancel) => throw new NotSupportedException();

        public Task<HttpResponseMessage> StockAsync(string[] sku, CancellationToken cancel) => throw new NotSupportedException();

        private static HttpResponseMessage Answer<T>(HttpStatusCode status, T body) => new(status) { Content = JsonContent.Create(body) };
    }

    public sealed class ShopWithAlerts : ShopWithoutWorkers
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [.. base.Settings, ("Alerts:Webhook:Url", "http://127.0.0.1:1/")];
    }
}
