using System.Net;
using Storefront.Tests.Support;
using static Storefront.Tests.Pages.ShopperSuite;

namespace Storefront.Tests.Pages;

[Collection(ShopperSuite.Name)]
public sealed class CheckoutPageTests(Shop shop)
{
    [Fact]
    public async Task A_guest_orders_without_a_script()
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 2));

        await visitor.PressAsync("Place order", Ada);

        visitor.Path.ShouldStartWith("/orders/");
        visitor.Text.ShouldContain("Your order is placed");
        visitor.Text.ShouldContain("2 × Oat Glaze Mug");
        (await visitor.OpenAsync("/cart")).Text.ShouldContain("See your last order");
    }

    [Fact]
    public async Task Errors_are_reported_above_the_form_and_beside_each_field_and_input_is_kept()
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 1));

        await visitor.PressAsync("Place order", ("email", "nobody"), ("name", "Ada <Lovelace>"));

        visitor.Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        visitor.Page.Title!.ShouldStartWith("Error: ");
        visitor.Page.QuerySelector(".problem")!.HasAttribute("autofocus").ShouldBeTrue();
        foreach (var link in visitor.Page.QuerySelectorAll(".problem a"))
        {
            var field = visitor.Page.QuerySelector(link.GetAttribute("href")!)!;
            field.GetAttribute("aria-invalid").ShouldBe("true");
            var said = field.GetAttribute("aria-describedby")!.Split(' ').Select(id => visitor.Page.GetElementById(id)!.TextContent);
            said.ShouldContain(words => link.TextContent.EndsWith(words.Replace("Error: ", ""), StringComparison.Ordinal));
        }

        visitor.Page.QuerySelectorAll(".problem a").Length.ShouldBe(5);
        visitor.Page.GetElementById("email")!.GetAttribute("value").ShouldBe("nobody");
        visitor.Page.GetElementById("name")!.GetAttribute("value").ShouldBe("Ada <Lovelace>");
    }

    [Fact]
    public async Task A_shortage_is_corrected_with_one_click_and_the_order_is_placed()
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Lamp, 5));
        await shop.Partners.SetStockAsync(Goods.Lamp, 2);

        await visitor.PressAsync("Place order", Ada);
        visitor.Status.ShouldBe(HttpStatusCode.Conflict);
        visitor.Text.ShouldContain("you asked for 5, only 2 left");

        await visitor.PressAsync("Set to 2");
        visitor.Page.GetElementById("name")!.GetAttribute("value").ShouldBe("Ada Lovelace");

        await visitor.PressAsync("Place order");
        visitor.Text.ShouldContain("2 × Desk Lamp");
        visitor.Text.ShouldContain("Your order is placed");
    }

    [Fact]
    public async Task A_late_second_click_is_redirected_to_the_same_order()
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 1));
        var button = visitor.Button("Place order");

        await visitor.PressAsync(button, Ada);
        var order = visitor.Path;
        await visitor.PressAsync(button, Ada);

        visitor.Path.ShouldBe(order);
    }

    [Fact]
    public async Task A_second_click_during_the_first_request_waits_for_its_outcome()
    {
        using var browser = shop.Browser();
        var (first, second) = (new Visitor(browser), new Visitor(browser));
        await shop.Partners.SetStockAsync(Goods.Mug, 100_000);
        await first.OpenAsync($"/products/{Goods.Mug}");
        await first.PressAsync("Add to cart");
        await first.OpenAsync("/checkout");
        await second.OpenAsync("/checkout");
        try
        {
            await shop.Partners.BreakAsync("inventory", new { latencyMs = 1_000 });
            var placing = first.PressAsync("Place order", Ada);
            await using var count = shop.Database.CreateCommand("select count(*) from orders.orders where idempotency_key = $1");
            count.Parameters.Add(new() { Value = first.Page.QuerySelector("input[name=key]")!.GetAttribute("value") });
            await Eventually.Async(() => count.ExecuteScalarAsync(), seen => seen is 1L, "the first click is written down");

            await second.PressAsync("Place order", Ada);
            second.Text.ShouldContain("Your order is being placed");
            second.Page.QuerySelector("[data-resubmit]").ShouldNotBeNull();

            await placing;
            await second.PressAsync("Check order status");
            second.Path.ShouldBe(first.Path);
        }
        finally
        {
            await shop.Partners.HealAsync();
        }
    }

    [Fact]
    public async Task A_cart_changed_in_another_window_is_shown_again_before_it_is_ordered()
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 1));
        var button = visitor.Button("Place order");
        await shop.Partners.SetStockAsync(Goods.Brush, 100);
        await visitor.OpenAsync($"/products/{Goods.Brush}");
        await visitor.PressAsync("Add to cart");

        await visitor.PressAsync(button, Ada);

        visitor.Status.ShouldBe(HttpStatusCode.Conflict);
        visitor.Text.ShouldContain("Your cart has changed");
        visitor.Text.ShouldContain("1 × Vegetable Brush");
        visitor.Page.GetElementById("email")!.GetAttribute("value").ShouldBe("ada@example.com");
    }

    [Fact]
    public async Task A_cart_sent_again_with_other_details_asks_before_it_is_ordered()
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 1));
        var key = visitor.Page.QuerySelector("input[name=key]")!.GetAttribute("value");
        (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 7)), key)).StatusCode.ShouldBe(HttpStatusCode.Created);

        await visitor.PressAsync("Place order", Ada);
        visitor.Status.ShouldBe(HttpStatusCode.Conflict);
        visitor.Text.ShouldContain("This cart was already submitted");

        await visitor.PressAsync("Place order");
        visitor.Text.ShouldContain("1 × Oat Glaze Mug");
        visitor.Text.ShouldContain("Your order is placed");
    }

    [Fact]
    public async Task When_Inventory_refuses_all_calls_nothing_is_ordered_and_input_is_kept()
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 3));
        try
        {
            await shop.Partners.BreakAsync("inventory", new { status = 429, retryAfterSeconds = 1, rate = 1.0 });
            await visitor.PressAsync("Place order", Ada);
            visitor.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
            visitor.Text.ShouldContain("you have not been charged");
        }
        finally
        {
            await shop.Partners.HealAsync();
        }

        // The shopper sees the form again, so pressing the same button once more is enough.
        await Eventually.Async(
            async () => visitor.Path.StartsWith("/orders/", StringComparison.Ordinal)
                ? visitor : await visitor.PressAsync("Place order"),
            seen => seen.Path.StartsWith("/orders/", StringComparison.Ordinal), "Inventory answers again");
        visitor.Text.ShouldContain("3 × Oat Glaze Mug");
    }

    [Theory]
    [InlineData("Place order")]
    [InlineData("Set to 2")]
    public async Task A_form_without_its_cookie_orders_nothing_and_keeps_the_input(string button)
    {
        const string NobodyElses = "WHISK-BIR";
        var visitor = await AtCheckoutAsync(shop, (NobodyElses, 5));
        await shop.Partners.SetStockAsync(NobodyElses, 2);
        if (button != "Place order") await visitor.PressAsync("Place order", Ada);

        await visitor.PressAsync(button, [.. Ada, ("__RequestVerificationToken", "of another session")]);

        visitor.Status.ShouldBe(HttpStatusCode.BadRequest);
        visitor.Text.ShouldContain("This page has expired");
        visitor.Text.ShouldContain("5 × ");
        visitor.Page.GetElementById("name")!.GetAttribute("value").ShouldBe("Ada Lovelace");
        await visitor.PressAsync("Place order");
        visitor.Text.ShouldContain("you asked for 5, only 2 left");
    }

    [Fact]
    public async Task An_empty_cart_has_no_checkout() =>
        (await Visitor(shop).OpenAsync("/checkout")).Path.ShouldBe("/cart");
}
