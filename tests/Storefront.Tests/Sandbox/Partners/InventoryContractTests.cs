namespace Storefront.Tests.Sandbox.Partners;

public sealed class InventoryContractTests : IAsyncLifetime
{
    private readonly PartnerBench bench = new();

    public async ValueTask InitializeAsync()
    {
        await bench.InitializeAsync();
        await bench.SetStockAsync("MUG", 10);
        await bench.SetStockAsync("TEE", 1);
    }

    [Fact]
    public async Task A_repeated_reservation_takes_stock_once()
    {
        var first = await bench.ReserveAsync("order-1", ("MUG", 3), ("TEE", 1));
        var again = await bench.ReserveAsync("order-1", ("TEE", 1), ("MUG", 3));

        (first.Status, again.Status).ShouldBe((201, 200));
        again.Body.ShouldBe(first.Body);
        var mug = await bench.StockAsync("MUG");
        (mug.GetProperty("onHand").GetInt32(), mug.GetProperty("reserved").GetInt32(), mug.GetProperty("available").GetInt32()).ShouldBe(
            (10, 3, 7));
        (await bench.AcceptedAsync("reservations")).Single().GetProperty("deliveries").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task A_reservation_holds_all_lines_or_none_and_names_the_shortfalls()
    {
        var reply = await bench.ReserveAsync("order-1", ("MUG", 3), ("TEE", 2));

        (reply.Status, reply.Code, reply.MediaType).ShouldBe((409, "insufficient_stock", "application/problem+json"));
        var shortfall = reply.Json.GetProperty("shortfalls").EnumerateArray().Single();
        (shortfall.GetProperty("sku").GetString(), shortfall.GetProperty("requested").GetInt32(),
            shortfall.GetProperty("available").GetInt32()).ShouldBe(("TEE", 2, 1));
        (await bench.StockAsync("MUG")).GetProperty("reserved").GetInt32().ShouldBe(0);
        (await bench.ReserveAsync("order-1", ("MUG", 3))).Status.ShouldBe(201, "a refusal is not remembered");
    }

    [Fact]
    public async Task The_last_item_is_reserved_by_one_of_many_concurrent_requests()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => bench.ReserveAsync($"order-{n}", ("TEE", 1))));

        replies.Count(reply => reply.Status == 201).ShouldBe(1);
        replies.Count(reply => reply.Code == "insufficient_stock").ShouldBe(19);
    }

    [Fact]
    public async Task The_same_reservation_id_with_other_lines_is_refused_as_a_mismatch()
    {
        await bench.ReserveAsync("order-1", ("MUG", 3));
        var other = await bench.ReserveAsync("order-1", ("MUG", 4));
        (other.Status, other.Code).ShouldBe((422, "reservation_mismatch"));
    }

    [Fact]
    public async Task A_release_returns_the_stock_once_and_the_reservation_stays_released()
    {
        await bench.ReserveAsync("order-1", ("MUG", 3));

        (await bench.InventoryAsync(HttpMethod.Delete, "/v1/reservations/order-1")).Status.ShouldBe(204);
        (await bench.InventoryAsync(HttpMethod.Delete, "/v1/reservations/order-1")).Status.ShouldBe(204);

        (await bench.StockAsync("MUG")).GetProperty("available").GetInt32().ShouldBe(10);
        (await bench.InventoryAsync(HttpMethod.Get, "/v1/reservations/order-1")).Json.GetProperty("status").GetString()
            .ShouldBe("released");
        (await bench.ReserveAsync("order-1", ("MUG", 3))).Code.ShouldBe("reservation_released");
    }

    [Fact]
    public async Task A_release_of_an_unknown_id_blocks_a_later_reservation_under_it()
    {
        (await bench.InventoryAsync(HttpMethod.Delete, "/v1/reservations/late")).Status.ShouldBe(204);
        var late = await bench.ReserveAsync("late", ("MUG", 1));
        (late.Status, late.Code).ShouldBe((409, "reservation_released"));
        (await bench.StockAsync("MUG")).GetProperty("reserved").GetInt32().ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"lines":[{"sku":"MUG","quantity":1,"gift":true}]}""", 400)]
    [InlineData("""{"lines":[{"sku":"MUG","quantity":1}],"note":"x"}""", 400)]
    [InlineData("""{"lines":[{"sku":"MUG","quantity":1}],"lines":[{"sku":"TEE","quantity":1}]}""", 400)]
    [InlineData("""{"lines":[{"sku":"MUG","quantity":0}]}""", 400)]
    [InlineData("""{"lines":[{"sku":"MUG","quantity":"1"}]}""", 400)]
    [InlineData("""{"lines":[{"sku":"MUG","quantity":100001}]}""", 400)]
    [InlineData("""{"lines":[]}""", 400)]
    [InlineData("""{"lines":[null]}""", 400)]
    [InlineData("""{}""", 400)]
    [InlineData("""{"lines":""", 400)]
    [InlineData("", 400)]
    [InlineData("""{"lines":[{"sku":"NO-SUCH","quantity":1}]}""", 422)]
    public async Task A_request_outside_the_contract_is_refused_and_holds_nothing(string body, int status)
    {
        var reply = await bench.InventoryAsync(HttpMethod.Put, "/v1/reservations/order-1", PartnerBench.Raw(body));

        reply.Status.ShouldBe(status);
        reply.Code.ShouldBe(status == 422 ? "unknown_sku" : "malformed_request");
        (await bench.InventoryAsync(HttpMethod.Get, "/v1/reservations/order-1")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Inventory_requires_a_token()
    {
        var reply = await bench.SendAsync(HttpMethod.Put, "/v1/reservations/order-1",
            new { lines = new[] { new { sku = "MUG", quantity = 1 } } }, null);
        (reply.Status, reply.Code).ShouldBe((401, "unauthorized"));
        (await bench.SendAsync(HttpMethod.Get, "/v1/stock?sku=MUG", null, null)).Status.ShouldBe(401);
    }

    [Fact]
    public async Task The_list_is_ordered_by_change_and_its_pages_miss_no_reservation_of_one_instant()
    {
        // The clock stands still, so everything happens at the same instant.
        for (var n = 0; n < 5; n++) await bench.ReserveAsync($"order-{n}", ("MUG", 1));
        await bench.InventoryAsync(HttpMethod.Delete, "/v1/reservations/order-0");

        List<string> ids = [];
        for (string? cursor = null, page = ""; page is not null; cursor = page)
        {
            var reply =
                (await bench.InventoryAsync(HttpMethod.Get, $"/v1/reservations?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}")).Json;
            ids.AddRange(reply.GetProperty("data").EnumerateArray().Select(reservation => reservation.GetProperty("id").GetString()!));
            page = reply.GetProperty("nextCursor").GetString();
        }

        ids.ShouldBe(["order-1", "order-2", "order-3", "order-4", "order-0"]);
    }

    [Fact]
    public async Task The_list_can_be_filtered_by_status_and_by_time_of_change()
    {
        await bench.ReserveAsync("before", ("MUG", 1));
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var since = bench.Clock.GetUtcNow().ToString("O").Replace("+", "%2B", StringComparison.Ordinal);
        await bench.ReserveAsync("after", ("MUG", 1));
        await bench.InventoryAsync(HttpMethod.Delete, "/v1/reservations/tombstone");

        (await IdsAsync($"updatedSince={since}")).ShouldBe(["after", "tombstone"]);
        (await IdsAsync($"updatedSince={since}&status=held")).ShouldBe(["after"]);
        (await IdsAsync("status=released")).ShouldBe(["tombstone"]);
        (await bench.InventoryAsync(HttpMethod.Get, "/v1/reservations?cursor=nonsense")).Status.ShouldBe(400);
        (await bench.InventoryAsync(HttpMethod.Get, "/v1/reservations?limit=201")).Status.ShouldBe(400);
        (await bench.InventoryAsync(HttpMethod.Get, "/v1/reservations?updatedSince=11/28/2026 14:13:01 %2B00:00")).Status.ShouldBe(400);
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private async Task<IEnumerable<string?>> IdsAsync(string query) =>
        (await bench.InventoryAsync(HttpMethod.Get, $"/v1/reservations?{query}")).Json.GetProperty("data").EnumerateArray()
            .Select(reservation => reservation.GetProperty("id").GetString());
}
