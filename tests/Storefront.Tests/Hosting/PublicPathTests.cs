using System.Net;
using AngleSharp.Html.Parser;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

/// <summary>The shop below a path, seen through a real reverse proxy on that path. A link that leads out of the path is broken.</summary>
public sealed class PublicPathTests
{
    public static TheoryData<PathProxy.Habit> Habits => [.. Enum.GetValues<PathProxy.Habit>()];

    [Theory]
    [MemberData(nameof(Habits))]
    public async Task All_links_and_redirects_for_shoppers_and_staff_stay_below_the_public_path(PathProxy.Habit habit)
    {
        await using var proxy = await PathProxy.StartAsync("/shop", habit);
        var shop = new ShopUnderPath(proxy);
        await using var _ = shop;
        await shop.InitializeAsync();
        proxy.Target = shop.Http.BaseAddress!;
        await shop.Partners.SetStockAsync(Goods.Mug, 100);

        // A shopper goes from the catalogue to the order.
        var shopper = new Visitor(proxy.Browser());
        await shopper.OpenAsync("/shop/products/MUG-OAT");
        await shopper.PressAsync("Add to cart");
        await shopper.OpenAsync("/shop/checkout");
        await shopper.PressAsync("Place order", ShopperSuite.Ada);
        shopper.Status.ShouldBe(HttpStatusCode.OK, shopper.Page.Body!.TextContent);
        shopper.Path.ShouldStartWith("/shop/orders/");
        var order = await shop.OrderAtAsync(shopper.Path);
        var mail = await Eventually.Async(() => shop.Partners.EmailsOfAsync(order), mails => mails.Length > 0, "the mail is sent");
        mail[0].ToString().ShouldContain($"{proxy.Url}shop/orders/{AnOrder.KeyOf(order)}");

        // Staff sign in, and strangers are sent to the sign-in page.
        (await proxy.Client().GetAsync("/shop/admin")).Headers.Location!.ToString()
            .ShouldStartWith($"{proxy.Url}shop/account/sign-in?ReturnUrl=%2Fshop%2Fadmin");
        var staff = new Visitor(proxy.Browser());
        await staff.OpenAsync("/shop/account/sign-in");
        await staff.PressAsync("Sign in", ("Email", "admin@example.com"), ("Password", Shop.AdminPassword));
        staff.Path.ShouldBe("/shop/admin");
        await staff.OpenAsync("/shop/admin/schedule");
        await staff.PressAsync("Run now compare-inventory");
        staff.Path.ShouldBe("/shop/admin/schedule");

        // Every link, form and file on every page is checked.
        foreach (var page in new[]
        {
            "", "cart", "products/MUG-OAT", $"orders/{AnOrder.KeyOf(order)}", "orders/find", "account/sign-in", "nowhere",
        }) await FollowAsync(shopper, page);
        foreach (var page in new[]
        {
            "admin", "admin/orders", $"admin/orders/{order}", "admin/failures", "admin/partners", "admin/reconciliation",
            "admin/schedule", "admin/audit", "admin/staff", "admin/api-keys",
            $"admin/letters/{order}/order-confirmation", "account/authenticator",
            "admin/jobs", "admin/jobs/recurring", "docs/",
        }) await FollowAsync(staff, page);

        // The API names its addresses too.
        var placed = await proxy.Client().PlaceAsync(AnOrder.Of((Goods.Mug, 1)), path: "/shop/api/v1/orders");
        placed.Headers.Location!.ToString().ShouldStartWith("/shop/api/v1/orders/");
        var next = await proxy.Client().GetAsync("/shop/api/v1/products?limit=1");
        next.Headers.GetValues("Link").Single().ShouldContain("/shop/api/v1/products?");
        (await proxy.Client().GetStringAsync("/shop/openapi/v1.json")).ShouldContain("/shop\"");
        // The page of the docs links to the document by a relative address.
        (await proxy.Client().GetAsync("/shop/docs/scalar.js")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await proxy.Client().GetAsync("/shop/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);

        async Task FollowAsync(Visitor who, string page)
        {
            await who.OpenAsync($"/shop/{page}");
            var document = new HtmlParser().ParseDocument(await who.Response.Content.ReadAsStringAsync());
            var addresses = new[] { "href", "src", "action", "formaction", "data-events" }
                .SelectMany(name => document.QuerySelectorAll($"[{name}]").Select(element => element.GetAttribute(name)!))
                .Where(address => address.StartsWith('/')).Distinct().ToList();
            if (page is not ("nowhere" or "docs/")) addresses.ShouldNotBeEmpty(page);
            addresses
                .Where(address => address != "/shop" && !address.StartsWith("/shop/", StringComparison.Ordinal)
                    && !address.StartsWith("/shop?", StringComparison.Ordinal))
                .ShouldBeEmpty($"on {page}");
            string[] endings = [".css", ".js", ".svg"];
            foreach (var file in addresses.Where(address => endings.Any(ending => address.EndsWith(ending, StringComparison.Ordinal))))
                (await proxy.Client().GetAsync(file)).StatusCode.ShouldBe(HttpStatusCode.OK, file);
        }
    }

    private sealed class ShopUnderPath(PathProxy proxy) : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [("Shop:PublicUrl", $"{proxy.Url}shop"), ("Web:Proxies", "127.0.0.1")];
    }
}
