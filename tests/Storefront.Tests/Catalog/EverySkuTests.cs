using System.Text;
using Storefront.Tests.BackOffice;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Catalog;

namespace Storefront.Tests.Catalog;

/// <summary>
/// A SKU that the import accepts works everywhere: in its link, the cart, the order, the mail, the search and the back office's export.
/// </summary>
public sealed class EverySkuTests(Shop shop) : IClassFixture<Shop>
{
    [Theory]
    [InlineData("MUSIC/CD/123")]
    [InlineData("a?b")]
    [InlineData("a#b")]
    [InlineData("50%25 off%2Fnow")]
    [InlineData("a+b")]
    [InlineData("two  words")]
    [InlineData("...")]
    [InlineData("a..b/.c")]
    [InlineData("back\\slash")]
    [InlineData("<script>&amp;'")]
    [InlineData("say \"hi\"")]
    [InlineData("=1+1")]
    [InlineData("Чашка-№1")]
    [InlineData("🏺")]
    [InlineData("🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺"
        + "🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺🏺")]
    [InlineData("lower-case")]
    [InlineData("a;b,c|d")]
    [InlineData("index")]
    [InlineData("Index/x")]
    [InlineData("e\u0301")]
    public async Task Every_valid_SKU_can_be_imported_found_ordered_and_reserved(string sku)
    {
        var name = $"Thing {Guid.NewGuid():n}";
        var file = $"sku,name,description,price,currency,category,image\n\"{sku.Replace("\"", "\"\"")}\",{name},,10.00,EUR,Every SKU,\n";
        using var words = new StringWriter();
        (await shop.Get<ImportCatalog>().RunAsync(new MemoryStream(Encoding.UTF8.GetBytes(file)), words, CancellationToken.None))
            .ShouldBe(0, words.ToString());
        await shop.Partners.SetStockAsync(sku, 100);
        var visitor = new Visitor(shop.Browser());

        await visitor.OpenAsync($"/?q={name[6..]}");
        await visitor.OpenAsync(visitor.Page.QuerySelector(".card-link")!.GetAttribute("href")!);
        visitor.Text.ShouldContain(name);
        await visitor.OpenAsync($"/products/{Uri.EscapeDataString(sku)}");
        visitor.Text.ShouldContain(name);

        await visitor.PressAsync("Add to cart", ("quantity", "2"));
        visitor.Text.ShouldContain($"{name} is in your cart.");
        var field = visitor.Page.QuerySelector("input.many")!;
        visitor.Page.GetElementById(field.Id!).ShouldBe(field);
        field.Id!.Any(char.IsWhiteSpace).ShouldBeFalse();
        await visitor.PressAsync("Update cart", (field.GetAttribute("name")!, "3"));
        visitor.Text.ShouldContain("Total €30.00");
        await visitor.OpenAsync(visitor.Page.QuerySelector(".line-name a")!.GetAttribute("href")!);
        visitor.Text.ShouldContain("3 already in your cart.");

        await visitor.OpenAsync("/checkout");
        await visitor.PressAsync("Place order", ShopperSuite.Ada);
        visitor.Text.ShouldContain("Your order is placed");
        visitor.Text.ShouldContain($"No. {string.Join(' ', sku.Split(' ', StringSplitOptions.RemoveEmptyEntries))}");

        var id = await shop.OrderAtAsync(visitor.Path);
        await shop.Http.UntilAsync(
            id, seen => seen.Delivery("order-confirmation") == "delivered" && seen.Delivery("order-placed-event") == "delivered",
            "mail and event are sent");
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem()
            .GetProperty("body").GetProperty("text").GetString()!.ShouldContain($"({sku})");
        (await shop.Partners.ReservationOfAsync(id))!.Value.GetRawText().ShouldContain("\"quantity\":3");

        var clerk = await BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync($"/admin/orders.csv?q={Uri.EscapeDataString(sku)}");
        (await clerk.Response.Content.ReadAsStringAsync()).ShouldContain($"{id}");
    }
}
