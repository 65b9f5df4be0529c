using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Catalog;
using Storefront.Web.Database;

namespace Storefront.Tests.Checkout;

/// <summary>A shop that was filled in euros and sells in yen from now on.</summary>
public sealed class WhenTheCurrencyIsAnother(WhenTheCurrencyIsAnother.YenShop shop) : IClassFixture<WhenTheCurrencyIsAnother.YenShop>
{
    [Fact]
    public async Task Products_priced_in_another_currency_are_neither_shown_nor_sold()
    {
        var visitor = ShopperSuite.Visitor(shop);
        (await visitor.OpenAsync("/")).Status.ShouldBe(HttpStatusCode.OK);
        visitor.Text.ShouldNotContain("Oat Glaze Mug");
        (await visitor.OpenAsync($"/products/{Goods.Mug}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await shop.Http.GetFromJsonAsync<JsonElement[]>("/api/v1/products?limit=500"))!
            .ShouldAllBe(product => product.GetProperty("currency").GetString() == "JPY");

        await shop.Partners.SetStockAsync(Goods.Mug, 10);
        var refused = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var problem = await refused.JsonAsync();
        problem.GetProperty("code").GetString().ShouldBe("unknown_sku");
        problem.GetProperty("detail").GetString().ShouldBe($"Priced in a different currency than the shop's: {Goods.Mug}.");
    }

    [Fact]
    public async Task A_price_in_yen_has_no_decimals_on_pages_and_in_mails_events_and_files()
    {
        (await ImportAsync("T-JPY2,Half yen,x,12.50,JPY,Yen,\n")).ShouldStartWith("Line 2: price 12.50 has decimals, and JPY has none.");
        (await ImportAsync("YEN-1,Yen mug,x,1200,JPY,Yen,\nYEN-2,Yen pot,x,3400.00,JPY,Yen,\n")).ShouldStartWith("2 rows: 2 added");
        await shop.Partners.SetStockAsync("YEN-1", 10);
        var visitor = ShopperSuite.Visitor(shop);

        (await visitor.OpenAsync("/?q=pot")).Text.ShouldContain("JPY 3,400");
        await visitor.OpenAsync("/products/YEN-1");
        visitor.Text.ShouldContain("JPY 1,200 ");
        await visitor.PressAsync("Add to cart", ("quantity", "2"));
        visitor.Text.ShouldContain("Total JPY 2,400");
        await visitor.OpenAsync("/checkout");
        await visitor.PressAsync("Place order", ShopperSuite.Ada);
        visitor.Text.ShouldContain("Total JPY 2,400");

        var id = await shop.OrderAtAsync(visitor.Path);
        var order = await shop.Http.UntilAsync(
            id, seen => seen.Delivery("order-confirmation") == "delivered" && seen.Delivery("order-placed-event") == "delivered",
            "mail and event");
        order.GetProperty("total").GetRawText().ShouldBe("2400");
        order.GetProperty("lines")[0].GetProperty("unitPrice").GetRawText().ShouldBe("1200");
        var mail = (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem().GetProperty("body");
        mail.GetProperty("text").GetString()!.ShouldContain("Total  JPY 2,400\n");
        mail.GetProperty("html").GetString()!.ShouldContain("JPY 2,400<");
        (await shop.Partners.EventsOfAsync(id)).ShouldHaveSingleItem().GetRawText().ShouldContain("\"total\":2400,");

        var clerk = await Storefront.Tests.BackOffice.BackOfficeFixture.SignInAsync(shop);
        await clerk.OpenAsync($"/admin/orders.csv?q={id}");
        (await clerk.Response.Content.ReadAsStringAsync()).ShouldContain(",2400,JPY,");
    }

    [Fact]
    public async Task A_cart_with_products_in_the_former_currency_is_shown_and_cannot_be_ordered()
    {
        (await ImportAsync("YEN-3,Yen bowl,x,100,JPY,Yen,\n")).ShouldContain("1 rows");
        var visitor = ShopperSuite.Visitor(shop);
        await visitor.OpenAsync("/products/YEN-3");
        await visitor.PressAsync("Add to cart");
        await using var foreign = shop.Database.CreateCommand("update shop.products set currency = 'EUR' where sku = 'YEN-3'");
        await foreign.ExecuteNonQueryAsync();

        (await visitor.OpenAsync("/cart")).Text.ShouldContain("This product is no longer sold.");
        (await visitor.OpenAsync("/checkout")).Status.ShouldBe(HttpStatusCode.OK);
        await visitor.PressAsync("Place order", ShopperSuite.Ada);
        visitor.Text.ShouldContain("A product is no longer sold");
    }

    [Fact]
    public async Task The_seed_catalogue_is_priced_in_the_shops_currency()
    {
        await using var scope = shop.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ShopDb>();
        await db.Products.ExecuteDeleteAsync();

        await scope.ServiceProvider.GetRequiredService<SeedCatalog>().SeedIfEmptyAsync(CancellationToken.None);

        var mug = await db.Products.AsNoTracking().SingleAsync(product => product.Sku == Goods.Mug);
        (mug.Price, mug.Currency).ShouldBe((2400m, "JPY"));
        (await db.Products.CountAsync()).ShouldBe(SeedStock.All.Count);

        // The other tests expect prices in euros.
        await db.Products.ExecuteUpdateAsync(change => change.SetProperty(product => product.Currency, "EUR"));
    }

    private async Task<string> ImportAsync(string rows)
    {
        using var words = new StringWriter { NewLine = "\n" };
        var file = new MemoryStream(Encoding.UTF8.GetBytes("sku,name,description,price,currency,category,image\n" + rows));
        await shop.Get<ImportCatalog>().RunAsync(file, words, CancellationToken.None);
        return words.ToString();
    }

    public sealed class YenShop : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Shop:Currency", "JPY")];
    }
}
