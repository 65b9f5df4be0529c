using System.Net;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;

namespace Storefront.Tests.Checkout;

/// <summary>Nobody orders at a price that was not shown.</summary>
public sealed class WhenThePriceChanges(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task When_the_price_changes_the_page_shows_both_totals_and_asks_again_and_keeps_input()
    {
        var visitor = await ShopperSuite.AtCheckoutAsync(shop, (Goods.Mug, 1));
        await PriceAsync(Goods.Mug, 99.00m);
        try
        {
            await visitor.PressAsync("Place order", ShopperSuite.Ada);

            visitor.Status.ShouldBe(HttpStatusCode.Conflict);
            visitor.Text.ShouldContain("The price has changed");
            visitor.Text.ShouldContain("The total was €24.00 when you opened this page, and is €99.00 now.");
            visitor.Page.GetElementById("address-line1")!.GetAttribute("value").ShouldBe("12 St James's Square");
            (await OrdersOfAsync(visitor)).ShouldBe(0);

            await visitor.PressAsync("Place order");
            visitor.Text.ShouldContain("Your order is placed");
            visitor.Text.ShouldContain("Total €99.00");
        }
        finally
        {
            await PriceAsync(Goods.Mug, 24.00m);
        }
    }

    [Fact]
    public async Task A_page_shown_again_for_another_error_also_says_that_the_price_changed()
    {
        var visitor = await ShopperSuite.AtCheckoutAsync(shop, (Goods.Lamp, 5));
        await PriceAsync(Goods.Lamp, 1.00m);
        try
        {
            await visitor.PressAsync("Place order", [.. ShopperSuite.Ada, ("email", "nobody")]);

            visitor.Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
            visitor.Text.ShouldContain("Email: Enter an email address");
            visitor.Text.ShouldContain("and is €5.00 now.");
        }
        finally
        {
            await PriceAsync(Goods.Lamp, 139.00m);
        }
    }

    [Fact]
    public async Task Correcting_a_quantity_after_a_shortage_also_says_that_the_price_changed()
    {
        var visitor = await ShopperSuite.AtCheckoutAsync(shop, (Goods.Brush, 5));
        await shop.Partners.SetStockAsync(Goods.Brush, 2);
        await visitor.PressAsync("Place order", ShopperSuite.Ada);
        await PriceAsync(Goods.Brush, 50.00m);
        try
        {
            await visitor.PressAsync("Set to 2");
            visitor.Text.ShouldContain("The price has changed");
            visitor.Text.ShouldContain("Total €100.00");
        }
        finally
        {
            await PriceAsync(Goods.Brush, 11.00m);
        }
    }

    [Theory]
    [InlineData("0.01", "EUR")]
    [InlineData("24.00", "USD")]
    [InlineData("", "")]
    [InlineData("a lot", "EUR")]
    [InlineData("-24.00", "EUR")]
    [InlineData("24,00", "EUR")]
    [InlineData("24.00", "€")]
    public async Task A_tampered_form_orders_nothing_and_sets_no_price(string total, string currency)
    {
        var visitor = await ShopperSuite.AtCheckoutAsync(shop, (Goods.Mug, 1));

        await visitor.PressAsync("Place order", [.. ShopperSuite.Ada, ("expectedTotal", total), ("expectedCurrency", currency)]);

        visitor.Status.ShouldBe(HttpStatusCode.Conflict);
        (await OrdersOfAsync(visitor)).ShouldBe(0);
        await visitor.PressAsync("Place order");
        visitor.Text.ShouldContain("Total €24.00");
        visitor.Text.ShouldContain("Your order is placed");
    }

    [Fact]
    public async Task An_order_with_another_expected_price_is_refused_with_todays_price_and_reserves_nothing()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        var (key, reservations) = (Guid.NewGuid().ToString(), (await shop.Partners.ReservationsAsync()).Length);

        var changed = await shop.Http.PlaceAsync(Order(20.00m, "EUR"), key);

        changed.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var problem = await changed.JsonAsync();
        problem.GetProperty("code").GetString().ShouldBe("price_changed");
        problem.GetProperty("total").GetRawText().ShouldBe("48.00");
        problem.GetProperty("currency").GetString().ShouldBe("EUR");
        (await shop.Http.PlaceAsync(Order(48.00m, "USD"), key)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await shop.Partners.ReservationsAsync()).Length.ShouldBe(reservations);

        (await shop.Http.PlaceAsync(Order(48m, "EUR"), key)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData(48.00, null)]
    [InlineData(null, "EUR")]
    [InlineData(48.00, "EUR")]
    public async Task Expected_total_and_expected_currency_may_each_be_sent_alone(double? total, string? currency)
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        (await shop.Http.PlaceAsync(Order((decimal?)total, currency))).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData(-48.00, "EUR", "expectedTotal")]
    [InlineData(48.005, "EUR", "expectedTotal")]
    [InlineData(48.5, "JPY", "expectedTotal")]
    [InlineData(48.00, "euro", "expectedCurrency")]
    [InlineData(48.00, "XXX", "expectedCurrency")]
    [InlineData(48.00, "", "expectedCurrency")]
    public async Task An_invalid_expected_price_is_refused_by_name(double total, string currency, string field)
    {
        var response = await shop.Http.PlaceAsync(Order((decimal)total, currency));
        response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await response.JsonAsync()).GetProperty("errors").EnumerateObject().Select(error => error.Name).ShouldBe([field]);
    }

    [Fact]
    public async Task A_repeated_key_returns_its_order_although_price_and_product_have_changed()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        var key = Guid.NewGuid().ToString();
        var id = (await (await shop.Http.PlaceAsync(Order(48.00m, "EUR"), key)).JsonAsync()).Id();
        try
        {
            await PriceAsync(Goods.Mug, 99.00m);
            (await (await shop.Http.PlaceAsync(Order(48.00m, "EUR"), key)).JsonAsync()).Id().ShouldBe(id);
            await SellAsync(Goods.Mug, false);
            var repeat = await shop.Http.PlaceAsync(Order(48.0m, "EUR"), key);
            repeat.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await repeat.JsonAsync()).Id().ShouldBe(id);
        }
        finally
        {
            await SellAsync(Goods.Mug, true);
            await PriceAsync(Goods.Mug, 24.00m);
        }
    }

    [Fact]
    public async Task A_key_of_an_order_with_another_expected_price_is_refused()
    {
        var key = Guid.NewGuid().ToString();
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        await shop.Partners.BreakAsync("inventory", new { status = 429, retryAfterSeconds = 1, rate = 1.0 });
        (await shop.Http.PlaceAsync(Order(48.00m, "EUR"), key)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await shop.Partners.HealAsync();
        await PriceAsync(Goods.Mug, 10.00m);
        try
        {
            var cheaper = await shop.Http.PlaceAsync(Order(20.00m, "EUR"), key);
            (await cheaper.CodeAsync()).ShouldBe("idempotency_key_reused");
        }
        finally
        {
            await PriceAsync(Goods.Mug, 24.00m);
        }
    }

    private static object Order(decimal? total, string? currency) => new
    {
        email = "ada@example.com", name = "Ada Lovelace",
        address = new { line1 = "12 St James's Square", city = "London", postalCode = "SW1Y 4JH", country = "GB" },
        lines = new[] { new { sku = Goods.Mug, quantity = 2 } },
        expectedTotal = total, expectedCurrency = currency,
    };

    private async Task<long> OrdersOfAsync(Visitor visitor)
    {
        await using var count = shop.Database.CreateCommand("select count(*) from orders.orders where idempotency_key = $1");
        count.Parameters.Add(new() { Value = visitor.Page.QuerySelector("input[name=key]")!.GetAttribute("value") });
        return (long)(await count.ExecuteScalarAsync())!;
    }

    private Task PriceAsync(string sku, decimal price) => SetAsync("price", sku, price);

    private Task SellAsync(string sku, bool active) => SetAsync("active", sku, active);

    private async Task SetAsync(string column, string sku, object value)
    {
        await using var change = shop.Database.CreateCommand($"update shop.products set {column} = $2 where sku = $1");
        change.Parameters.Add(new() { Value = sku });
        change.Parameters.Add(new() { Value = value });
        (await change.ExecuteNonQueryAsync()).ShouldBe(1);
    }
}
