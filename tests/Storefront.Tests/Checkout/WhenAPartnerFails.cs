using System.Net;
using Storefront.Tests.Support;

namespace Storefront.Tests.Checkout;

/// <summary>What the shopper is told, and what happens to the order, when a partner fails.</summary>
public sealed class WhenAPartnerFails(WhenAPartnerFails.ShopWithShortTimeouts shop)
    : IClassFixture<WhenAPartnerFails.ShopWithShortTimeouts>, IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Fact]
    public async Task A_sold_out_order_names_the_line_and_the_stock_left_and_holds_nothing()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 2);
        await shop.Partners.SetStockAsync(Goods.Brush, 10);

        var response = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Brush, 1), (Goods.Mug, 3)));

        response.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var problem = await response.JsonAsync();
        problem.GetProperty("code").GetString().ShouldBe("insufficient_stock");
        var shortfall = problem.GetProperty("shortfalls").EnumerateArray().ShouldHaveSingleItem();
        shortfall.GetProperty("sku").GetString().ShouldBe(Goods.Mug);
        shortfall.GetProperty("requested").GetInt32().ShouldBe(3);
        shortfall.GetProperty("available").GetInt32().ShouldBe(2);
        (await shop.Partners.ReservationsAsync()).ShouldAllBe(reservation =>
            !reservation.GetProperty("lines").ToString().Contains(Goods.Brush, StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_Inventorys_answer_is_lost_the_order_stays_open_until_a_job_gets_the_answer()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        await shop.Partners.BreakAsync("inventory", new { dropAfterAccept = 1.0 });

        var response = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)));

        response.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var order = await response.JsonAsync();
        order.Status().ShouldBe("reserving");

        await shop.Partners.HealAsync();
        await shop.Http.UntilAsync(order.Id(), seen => seen.Status() == "placed" && seen.Delivery("order-confirmation") == "delivered",
            "the order is placed");
        (await shop.Partners.EmailsOfAsync(order.Id())).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task When_Inventory_hangs_the_shopper_waits_no_longer_than_the_timeout()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        await shop.Partners.BreakAsync("inventory", new { hang = true });

        var response = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)));

        response.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var id = (await response.JsonAsync()).Id();
        await shop.Partners.HealAsync();
        await shop.Http.UntilAsync(id, seen => seen.Status() == "placed", "the order is placed");
    }

    [Fact]
    public async Task When_Email_is_down_only_the_mail_is_late()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        await shop.Partners.BreakAsync("email", new { status = 500 });

        var response = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)));

        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = (await response.JsonAsync()).Id();
        var waiting = await shop.Http.UntilAsync(
            id, seen => seen.Delivery("order-placed-event") == "delivered" && Attempts(seen, "order-confirmation") > 0,
            "the event is delivered and the mail tried");
        waiting.Delivery("order-confirmation").ShouldBe("pending");

        await shop.Partners.HealAsync();
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_mail_whose_answer_is_lost_is_sent_once()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        await shop.Partners.BreakAsync("email", new { dropAfterAccept = 1.0 });

        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();
        await shop.Http.UntilAsync(id, seen => Attempts(seen, "order-confirmation") > 0, "the mail was tried");
        await shop.Partners.HealAsync();

        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_mail_that_Email_refuses_is_dead_and_keeps_the_partners_words()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        await shop.Partners.BreakAsync("email", new { status = 422 });

        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();

        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "dead", "the mail is given up");
        (await shop.Partners.EmailsOfAsync(id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task When_a_partner_asks_to_wait_the_job_waits_and_uses_up_no_attempt()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        await shop.Partners.BreakAsync("analytics", new { status = 429, retryAfterSeconds = 1 });

        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();
        var deferred = await shop.Http.UntilAsync(id,
            seen => NextAttempt(seen, "order-placed-event") && Attempts(seen, "order-placed-event") == 0, "the event is deferred");
        deferred.Delivery("order-placed-event").ShouldBe("pending");

        await shop.Partners.HealAsync();
        await shop.Http.UntilAsync(id,
            seen => seen.Delivery("order-placed-event") == "delivered" && Attempts(seen, "order-placed-event") == 1,
            "the event is delivered at the first counted attempt");
    }

    private static int Attempts(System.Text.Json.JsonElement order, string effect) => One(order, effect).GetProperty("attempts").GetInt32();

    private static bool NextAttempt(System.Text.Json.JsonElement order, string effect) =>
        One(order, effect).GetProperty("nextAttemptAt").ValueKind == System.Text.Json.JsonValueKind.String;

    private static System.Text.Json.JsonElement One(System.Text.Json.JsonElement order, string effect) =>
        order.GetProperty("deliveries").EnumerateArray().Single(delivery => delivery.GetProperty("effect").GetString() == effect);

    /// <summary>It waits for Inventory for a second at most, so the tests are fast.</summary>
    public sealed class ShopWithShortTimeouts : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [("Partners:Inventory:TotalTimeoutSeconds", "1"), ("Partners:Inventory:AttemptTimeoutSeconds", "0.4")];
    }
}
