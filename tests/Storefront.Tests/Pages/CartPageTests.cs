using System.Net;
using Storefront.Tests.Support;
using static Storefront.Tests.Pages.ShopperSuite;

namespace Storefront.Tests.Pages;

[Collection(ShopperSuite.Name)]
public sealed class CartPageTests(Shop shop)
{
    private static string Field(string sku) => $"quantity-{sku}";

    [Fact]
    public async Task Products_can_be_added_to_the_cart_changed_and_removed()
    {
        var visitor = await WithCartAsync(shop, (Goods.Mug, 2), (Goods.Brush, 1));
        visitor.Path.ShouldStartWith("/cart");
        visitor.Text.ShouldContain("Vegetable Brush is in your cart.");
        visitor.Text.ShouldContain("Total €59.00");

        await visitor.PressAsync("Update cart", (Field(Goods.Mug), "1,000"));
        visitor.Text.ShouldContain("Total €24,011.00");
        visitor.Page.QuerySelector(".count")!.TextContent.ShouldBe("1,001");

        await visitor.PressAsync("Remove Oat Glaze Mug");
        await visitor.PressAsync("Update cart", (Field(Goods.Brush), "0"));
        visitor.Text.ShouldContain("Your cart is empty");
    }

    [Theory]
    [InlineData("a dozen")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("100001")]
    public async Task An_invalid_quantity_is_reported_at_its_line_and_the_other_changes_are_kept(string slip)
    {
        var visitor = await WithCartAsync(shop, (Goods.Mug, 2), (Goods.Brush, 1));

        await visitor.PressAsync("Update cart", (Field(Goods.Mug), slip), (Field(Goods.Brush), "3"));

        visitor.Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        visitor.Page.Title!.ShouldStartWith("Error: ");
        visitor.Page.QuerySelector(".problem a")!.GetAttribute("href").ShouldBe($"#{Field(Goods.Mug)}");
        var wrong = visitor.Page.GetElementById(Field(Goods.Mug))!;
        wrong.GetAttribute("value").ShouldBe(slip);
        wrong.GetAttribute("aria-invalid").ShouldBe("true");
        visitor.Page.GetElementById(wrong.GetAttribute("aria-describedby")!)!.TextContent.ShouldContain("whole number");
        (await visitor.OpenAsync("/cart")).Text.ShouldContain("Total €81.00");
    }

    [Theory]
    [InlineData("/cart?handler=Set")]
    [InlineData("/checkout?handler=Adjust")]
    public async Task A_quantity_that_is_no_number_changes_nothing(string form)
    {
        var visitor = await WithCartAsync(shop, (Goods.Mug, 2));

        foreach (var quantity in new[] { "a dozen", "", "1.5", "99999999999", "-1", "null" })
        {
            await visitor.OpenAsync("/cart");
            await visitor.PostAsync(form, ("sku", Goods.Mug), ("quantity", quantity));
            visitor.Status.ShouldBe(HttpStatusCode.BadRequest);
        }

        (await visitor.OpenAsync("/cart")).Text.ShouldContain("Total €48.00");
    }

    [Fact]
    public async Task A_quantity_above_the_stock_is_corrected_with_one_click()
    {
        var visitor = await WithCartAsync(shop, (Goods.Brush, 5));
        await shop.Partners.SetStockAsync(Goods.Brush, 2);
        await visitor.OpenAsync("/cart");

        await visitor.PressAsync("Set to 2");

        visitor.Text.ShouldContain("Total €22.00");
        visitor.Text.ShouldNotContain("Only 2 left");
    }

    [Fact]
    public async Task A_product_that_is_no_longer_sold_is_named_and_blocks_the_checkout()
    {
        var visitor = await WithCartAsync(shop, (Goods.Mug, 1), (Goods.Brush, 1));
        try
        {
            await SellAsync(Goods.Brush, false);
            await visitor.OpenAsync("/cart");
            visitor.Text.ShouldContain("This product is no longer sold.");
            visitor.Text.ShouldContain("Total €24.00");
            visitor.Page.QuerySelector("a[href='/checkout']").ShouldBeNull();

            await visitor.PressAsync($"Remove {Goods.Brush}");
            visitor.Page.QuerySelector("a[href='/checkout']").ShouldNotBeNull();
        }
        finally
        {
            await SellAsync(Goods.Brush, true);
        }
    }

    [Fact]
    public async Task A_form_posted_from_another_site_is_refused_with_a_page_of_the_shop()
    {
        using var browser = shop.Browser();
        using var answer = await browser.PostAsync($"/products/{Goods.Mug}", new FormUrlEncodedContent([new("quantity", "1")]));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("This page has expired");
        (await browser.GetStringAsync("/cart")).ShouldContain("Your cart is empty");
    }

    private async Task SellAsync(string sku, bool active)
    {
        await using var change = shop.Database.CreateCommand("update shop.products set active = $2 where sku = $1");
        change.Parameters.Add(new() { Value = sku });
        change.Parameters.Add(new() { Value = active });
        (await change.ExecuteNonQueryAsync()).ShouldBe(1);
    }
}
