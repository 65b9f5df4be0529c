using static Storefront.Tests.Sandbox.Partners.PartnerBench;

namespace Storefront.Tests.Sandbox.Partners;

public sealed class ControlApiTests : IAsyncLifetime
{
    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    [Theory]
    [InlineData("""{"onHand":-1}"""), InlineData("""{"onHand":"5"}"""), InlineData("""{"onHand":1.5}"""), InlineData("""{}""")]
    [InlineData("""{"onHand":1000000001}"""), InlineData("""{"onHand":1,"reserved":2}"""), InlineData("five")]
    public async Task An_invalid_stock_is_refused_by_the_API(string body)
    {
        (await bench.ControlAsync(HttpMethod.Put, "stock/MUG", Raw(body))).Status.ShouldBe(400);
        (await bench.AcceptedAsync("stock")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("-3"), InlineData("3000000000"), InlineData("1.5"), InlineData(""), InlineData("three")]
    public async Task An_invalid_stock_is_refused_by_the_page_with_a_sentence(string onHand)
    {
        using var form = new FormUrlEncodedContent([new("sku", "MUG"), new("onHand", onHand)]);
        var reply = await bench.SendAsync(HttpMethod.Post, "/sandbox/forms/stock", form, null);
        reply.Status.ShouldBe(400);
        reply.Body.ShouldContain("whole number from 0");
        (await bench.SendAsync(HttpMethod.Post, "/sandbox/forms/stock", Raw("{}"), null)).Status.ShouldBe(400);
        (await bench.AcceptedAsync("stock")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Stock_set_below_the_reserved_quantity_leaves_zero_available()
    {
        await bench.SetStockAsync("MUG", 5);
        await bench.ReserveAsync("order-1", ("MUG", 3));
        await bench.SetStockAsync("MUG", 0);
        (await bench.StockAsync("MUG")).GetProperty("available").GetInt32().ShouldBe(0);
        (await bench.StockAsync("MUG")).GetProperty("reserved").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task Setting_the_stock_keeps_reservations()
    {
        await bench.SetStockAsync("MUG", 5);
        await bench.ReserveAsync("order-1", ("MUG", 3));
        await bench.SetStockAsync("MUG", 10);
        (await bench.StockAsync("MUG")).GetProperty("available").GetInt32().ShouldBe(7);
    }

    [Fact]
    public async Task Accepted_calls_are_listed_newest_first_and_can_be_filtered()
    {
        for (var n = 0; n < 3; n++) await bench.TrackAsync("/v1/track", AnEvent($"m-{n}"));

        (await bench.AcceptedAsync("events")).Select(accepted => accepted.GetProperty("key").GetString())
            .ShouldBe(["m-2", "m-1", "m-0"]);
        (await bench.AcceptedAsync("events?limit=1")).Single().GetProperty("key").GetString().ShouldBe("m-2");
        (await bench.AcceptedAsync("events?key=m-1")).Single().GetProperty("key").GetString().ShouldBe("m-1");
    }

    [Fact]
    public async Task A_reservation_is_listed_with_its_lines_and_its_status()
    {
        await bench.SetStockAsync("MUG", 5);
        await bench.ReserveAsync("order-1", ("MUG", 2));
        var reservation = (await bench.AcceptedAsync("reservations")).Single();
        reservation.GetProperty("key").GetString().ShouldBe("order-1");
        reservation.GetProperty("id").GetString().ShouldBe("order-1");
        reservation.GetProperty("status").GetString().ShouldBe("held");
        reservation.GetProperty("body").GetProperty("lines")[0].GetProperty("quantity").GetInt32().ShouldBe(2);
        reservation.GetProperty("lines")[0].GetProperty("sku").GetString().ShouldBe("MUG");
        reservation.GetProperty("acceptedAt").GetDateTimeOffset().ShouldBe(bench.Clock.GetUtcNow());
    }

    [Fact]
    public async Task A_forgotten_reservation_releases_its_stock_and_can_be_made_again()
    {
        await bench.SetStockAsync("MUG", 5);
        await bench.ReserveAsync("order-1", ("MUG", 2));
        (await bench.ControlAsync(HttpMethod.Delete, "reservations/order-1")).Status.ShouldBe(204);
        (await bench.ControlAsync(HttpMethod.Delete, "reservations/order-1")).Status.ShouldBe(404);

        await bench.RestartAsync();
        (await bench.InventoryAsync(HttpMethod.Get, "/v1/reservations/order-1")).Code.ShouldBe("not_found");
        (await bench.StockAsync("MUG")).GetProperty("reserved").GetInt32().ShouldBe(0);
        (await bench.ReserveAsync("order-1", ("MUG", 2))).Status.ShouldBe(201);
    }

    [Fact]
    public async Task Clearing_deletes_everything_and_restores_the_initial_stock()
    {
        await bench.RestartAsync(("MUG", 4));
        await bench.SetStockAsync("TEE", 5);
        await bench.SetStockAsync("MUG", 1);
        await bench.ReserveAsync("order-1", ("MUG", 1));
        await bench.MailAsync(AMail(), "k");
        await bench.TrackAsync("/v1/track", AnEvent("m"));

        (await bench.ControlAsync(HttpMethod.Delete, "data")).Status.ShouldBe(204);
        await bench.RestartAsync(("MUG", 4));

        foreach (var what in new[] { "emails", "events", "reservations" }) (await bench.AcceptedAsync(what)).ShouldBeEmpty();
        (await bench.AcceptedAsync("stock")).Single().GetProperty("available").GetInt32().ShouldBe(4);
        (await bench.ReserveAsync("order-1", ("MUG", 4))).Status.ShouldBe(201);
    }

    [Fact]
    public async Task The_counters_distinguish_requests_from_effects()
    {
        await bench.MailAsync(AMail(), "k");
        await bench.MailAsync(AMail(), "k");
        await bench.MailAsync(Raw("{}"), "k");
        var email = (await bench.ControlAsync(HttpMethod.Get, "counters")).Json.GetProperty("email");
        (email.GetProperty("received").GetInt32(), email.GetProperty("accepted").GetInt32(),
            email.GetProperty("repeats").GetInt32()).ShouldBe((3, 1, 1));
    }

    [Fact]
    public async Task A_page_of_another_site_cannot_use_the_control_API()
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/sandbox/data") { Headers = { { "Sec-Fetch-Site", "cross-site" } } };
        (await bench.SendAsync(request)).Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("/sandbox/emails", "evil.example", null, 421)]
    [InlineData("/v1/stock?skus=A", "evil.example:80", null, 421)]
    [InlineData("/sandbox", "127.0.0.1.evil.example", null, 421)]
    [InlineData("/sandbox/emails", "localhost", "http://evil.example", 403)]
    [InlineData("/sandbox/emails", "localhost", "null", 403)]
    [InlineData("/sandbox/emails", "localhost", "http://localhost:1", 403)]
    [InlineData("/sandbox/emails", "localhost", "http://localhost", 200)]
    [InlineData("/sandbox/emails", "[::1]", null, 200)]
    public async Task Only_this_machine_and_the_sandboxs_own_pages_reach_it(string path, string host, string? origin, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
        if (origin is not null) request.Headers.Add("Origin", origin);
        (await bench.SendAsync(request)).Status.ShouldBe(status);
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();
}
