using System.Net;
using System.Net.ServerSentEvents;
using Storefront.Tests.Support;
using static Storefront.Tests.Pages.ShopperSuite;

namespace Storefront.Tests.Pages;

[Collection(ShopperSuite.Name)]
public sealed class OrderPageTests(Shop shop)
{
    [Fact]
    public async Task The_order_page_shows_each_step_and_is_not_cached_or_indexed()
    {
        var visitor = await OrderedAsync();
        var order = visitor.Path;

        await UntilAsync(visitor, page => page.Contains("Confirmation email: sent", StringComparison.Ordinal), "the mail is sent");
        await UntilAsync(visitor, _ => Record(visitor, "order-placed-event") == "delivered", "the event is delivered");

        visitor.Text.ShouldContain("Review request: planned for");
        visitor.Page.QuerySelectorAll("#steps time").ShouldAllBe(time => time.GetAttribute("datetime")!.EndsWith('Z'));
        visitor.Page.QuerySelector("[data-events]").ShouldBeNull("There is nothing left to wait for.");
        visitor.Response.Headers.GetValues("X-Robots-Tag").ShouldContain("googlebot: noindex");
        visitor.Response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        visitor.Path.ShouldBe(order);
    }

    [Fact]
    public async Task An_open_order_page_is_sent_every_change_until_the_last()
    {
        var visitor = await OrderedAsync();

        using var browser = shop.Browser();
        await using var stream = await browser.GetStreamAsync($"{visitor.Path}/events");
        var events = await SseParser.Create(stream).EnumerateAsync().ToListAsync();

        events.First().EventType.ShouldBe("changed");
        events.Last().EventType.ShouldBe("settled");
        events.Last().Data.ShouldContain("order-confirmation:delivered");
    }

    [Fact]
    public async Task An_order_page_says_that_the_order_is_being_confirmed_and_then_that_it_is_placed()
    {
        try
        {
            await shop.Partners.BreakAsync("inventory", new { latencyMs = 4_500 });
            var visitor = await OrderedAsync();
            visitor.Text.ShouldContain("We are confirming your order");
            visitor.Page.QuerySelector("noscript meta[http-equiv=refresh]").ShouldNotBeNull();

            await shop.Partners.HealAsync();
            await UntilAsync(visitor, page => page.Contains("Your order is placed", StringComparison.Ordinal), "Inventory has answered");
        }
        finally
        {
            await shop.Partners.HealAsync();
        }
    }

    [Fact]
    public async Task A_late_mail_is_shown_with_the_time_of_its_next_attempt()
    {
        try
        {
            await shop.Partners.BreakAsync("email", new { status = 500, rate = 1.0 });
            var visitor = await OrderedAsync();
            await UntilAsync(visitor, page => page.Contains("delayed, next attempt at", StringComparison.Ordinal),
                "the mail has failed once");
            visitor.Text.ShouldContain("Your order is not affected.");
        }
        finally
        {
            await shop.Partners.HealAsync();
        }
    }

    [Fact]
    public async Task A_placed_order_can_be_cancelled_from_its_page()
    {
        var visitor = await OrderedAsync();

        await visitor.PressAsync("Yes, cancel order");

        visitor.Text.ShouldContain("This order is cancelled");
        visitor.Page.QuerySelectorAll("#cancel form").ShouldBeEmpty();
        visitor.Text.ShouldContain("Cancellation email");
    }

    [Fact]
    public async Task The_lines_of_a_rejected_order_can_be_put_back_into_the_cart()
    {
        await shop.Partners.SetStockAsync("WHISK-BIR", 1);
        var rejected = await shop.Http.PlaceAsync(AnOrder.Of(("WHISK-BIR", 4)));
        rejected.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        await using var find =
            shop.Database.CreateCommand("select key from orders.orders where status = 'rejected' order by number desc limit 1");
        var visitor = await Visitor(shop).OpenAsync($"/orders/{await find.ExecuteScalarAsync()}");
        visitor.Text.ShouldContain("you asked for 4, only 1 left");

        await visitor.PressAsync("Add all items to the cart");

        visitor.Path.ShouldBe("/cart");
        visitor.Text.ShouldContain("Only 1 left.");
    }

    [Fact]
    public async Task Nobody_sees_an_order_without_its_id()
    {
        var unknown = await Visitor(shop).OpenAsync($"/orders/{Guid.NewGuid()}");
        unknown.Status.ShouldBe(HttpStatusCode.NotFound);
        unknown.Text.ShouldContain("Order not found");
        (await Visitor(shop).OpenAsync("/orders/10001")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await shop.Http.GetAsync($"/orders/{Guid.NewGuid()}/events")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private async Task<Visitor> OrderedAsync()
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 1));
        await visitor.PressAsync("Place order", Ada);
        visitor.Path.ShouldStartWith("/orders/");
        return visitor;
    }

    private static string? Record(Visitor visitor, string effect) => visitor.Page.QuerySelectorAll("#record tr")
        .SingleOrDefault(row => row.QuerySelector("th")?.TextContent == effect)?.QuerySelector("td")!.TextContent;

    private static Task<Visitor> UntilAsync(Visitor visitor, Func<string, bool> condition, string because)
    {
        var path = visitor.Path;
        return Eventually.Async(() => visitor.OpenAsync(path), seen => condition(seen.Text), because);
    }
}
