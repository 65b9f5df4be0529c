using System.Net;
using Storefront.Tests.Support;
using static Storefront.Tests.Pages.ShopperSuite;

namespace Storefront.Tests.Pages;

[Collection(ShopperSuite.Name)]
public sealed class CatalogueTests(Shop shop)
{
    private readonly Visitor visitor = Visitor(shop);

    [Fact]
    public async Task The_pages_of_the_catalogue_show_every_product_once()
    {
        var seen = new List<string>();
        await visitor.OpenAsync("/");
        while (true)
        {
            seen.AddRange(visitor.Page.QuerySelectorAll(".card .sku").Select(sku => sku.TextContent));
            if (visitor.Page.QuerySelector("a[rel=next]") is not { } next) break;
            await visitor.OpenAsync(next.GetAttribute("href")!);
        }

        seen.ShouldBeUnique();
        seen.Count.ShouldBe(File.ReadLines(Repository.File("Storefront.Web/Catalog/seed.csv")).Count() - 1);
    }

    [Fact]
    public async Task The_catalogue_can_be_searched_and_sorted()
    {
        await visitor.OpenAsync("/?q=mug&sort=price-desc");

        var names = visitor.Page.QuerySelectorAll(".card-name").Select(name => name.TextContent).ToList();
        names.ShouldContain("Oat Glaze Mug");
        names.ShouldNotContain("Desk Lamp");
        visitor.Page.QuerySelector("#q")!.GetAttribute("value").ShouldBe("mug");
        visitor.Page.QuerySelector("#sort option[selected]")!.GetAttribute("value").ShouldBe("price-desc");
    }

    [Fact]
    public async Task A_product_card_links_to_its_product_and_that_to_its_category()
    {
        await visitor.OpenAsync("/?q=oat");
        await visitor.OpenAsync(visitor.Page.QuerySelector(".card a")!.GetAttribute("href")!);
        visitor.Page.QuerySelector("h1")!.TextContent.ShouldBe("Oat Glaze Mug");

        await visitor.OpenAsync(visitor.Page.QuerySelector(".crumbs li:nth-child(2) a")!.GetAttribute("href")!);
        visitor.Page.QuerySelector("h1")!.TextContent.ShouldBe("At the table");
        visitor.Page.QuerySelectorAll(".card").ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_search_without_a_result_links_to_the_catalogue() =>
        (await visitor.OpenAsync("/?q=zebra")).Page.QuerySelector(".empty a")!.GetAttribute("href").ShouldBe("/");

    [Fact]
    public async Task The_stock_left_is_shown_and_unknown_stock_is_shown_as_unknown()
    {
        await shop.Partners.SetStockAsync(Goods.Brush, 2);
        (await visitor.OpenAsync($"/products/{Goods.Brush}")).Text.ShouldContain("2 left");

        await shop.Partners.SetStockAsync(Goods.Brush, 0);
        (await visitor.OpenAsync($"/products/{Goods.Brush}")).Text.ShouldContain("Sold out");
        visitor.Button("Add to cart").IsDisabled.ShouldBeTrue();

        try
        {
            await shop.Partners.BreakAsync("inventory", new { status = 500, rate = 1.0 });
            (await visitor.OpenAsync($"/products/{Goods.Brush}")).Text.ShouldContain("Stock unknown");
            visitor.Button("Add to cart").IsDisabled.ShouldBeFalse();
        }
        finally
        {
            await shop.Partners.HealAsync();
        }
    }

    [Fact]
    public async Task An_unknown_product_is_answered_with_a_404_page_of_the_shop()
    {
        await visitor.OpenAsync("/products/NO-SUCH-THING");

        visitor.Status.ShouldBe(HttpStatusCode.NotFound);
        visitor.Page.QuerySelector("h1")!.TextContent.ShouldBe("Page not found");
    }

    [Theory]
    [InlineData("/")]
    [InlineData($"/products/{Goods.Mug}")]
    [InlineData("/cart")]
    [InlineData("/checkout")]
    [InlineData("/error/404")]
    public async Task No_page_needs_more_than_its_own_script_and_style(string path)
    {
        var page = (await (await WithCartAsync(shop, (Goods.Mug, 1))).OpenAsync(path)).Page;

        page.QuerySelectorAll("script:not([src]), style, [style]").ShouldBeEmpty();
        page.All.SelectMany(element => element.Attributes).ShouldAllBe(attribute => !attribute.Name.StartsWith("on"));
        page.QuerySelectorAll("script[src], link[rel=stylesheet], img")
            .Select(part => part.GetAttribute("src") ?? part.GetAttribute("href")!)
            .ShouldAllBe(address => address.StartsWith('/') && !address.StartsWith("//"));
    }
}
