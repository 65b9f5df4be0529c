using System.Net;
using System.Net.Http.Headers;
using Storefront.Tests.Pages;
using Storefront.Tests.Security;
using Storefront.Tests.Support;
using Storefront.Web.Identity;
using Storefront.Web.Security;

namespace Storefront.Tests.Api;

/// <summary>Programs with keys of their own. The shop asks for one to place an order, and limits everybody to few orders.</summary>
public sealed class ApiKeyTests(ApiKeyTests.ShopThatAsksForKeys shop) : IClassFixture<ApiKeyTests.ShopThatAsksForKeys>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_shop_that_asks_for_keys_takes_orders_from_programs_with_a_key_and_from_its_own_page()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 1000);
        var refused = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        refused.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Bearer");
        (await refused.CodeAsync()).ShouldBe("api_key_required");

        using var program = Program(await KeyAsync());
        var placed = await program.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));
        placed.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await program.OrderAsync((await placed.JsonAsync()).Id())).Status().ShouldBe("placed");

        var visitor = await ShopperSuite.AtCheckoutAsync(shop, (Goods.Mug, 1));
        (await visitor.PressAsync("Place order", ShopperSuite.Ada)).Path.ShouldStartWith("/orders/");
    }

    [Fact]
    public async Task Two_programs_that_choose_the_same_idempotency_key_place_two_orders_and_each_repeat_is_its_own()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 1000);
        using var first = Program(await KeyAsync());
        using var second = Program(await KeyAsync());
        foreach (var key in new[] { "invoice-1", new string('k', 255) })
        {
            var one = (await (await first.PlaceAsync(AnOrder.Of((Goods.Mug, 1)), key)).JsonAsync()).Id();
            var other = (await (await second.PlaceAsync(AnOrder.Of((Goods.Mug, 2)), key)).JsonAsync()).Id();

            other.ShouldNotBe(one);
            var again = await first.PlaceAsync(AnOrder.Of((Goods.Mug, 1)), key);
            again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
            (await again.JsonAsync()).Id().ShouldBe(one);
        }
    }

    [Fact]
    public async Task A_key_that_may_only_read_places_no_order()
    {
        using var program = Program(await KeyAsync(scopes: [ApiScope.ReadProducts]));

        (await program.GetAsync("/api/v1/products")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var refused = await program.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.CodeAsync()).ShouldBe("insufficient_scope");
        (await program.GetAsync($"/api/v1/orders/{Guid.NewGuid()}")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("Bearer storefront_nonsense")]
    [InlineData("Bearer")]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer storefront_a b")]
    public async Task A_key_that_nobody_has_is_refused_and_not_taken_for_none(string header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/products");
        request.Headers.TryAddWithoutValidation("Authorization", header);

        var refused = await shop.Http.SendAsync(request);

        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await refused.CodeAsync()).ShouldBe("invalid_api_key");
    }

    [Fact]
    public async Task A_revoked_key_is_refused_and_the_audit_names_who_made_and_who_revoked_it()
    {
        var name = Guid.NewGuid().ToString("n");
        using var program = Program(await KeyAsync(name));
        (await program.GetAsync("/api/v1/products")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var clients = shop.Get<ApiClients>();
        var made = (await clients.ListAsync(Cancel)).Single(client => client.Name == name);
        made.LastUsedAt.ShouldNotBeNull();

        (await clients.RevokeAsync(made.Id, "grace@example.com", Cancel)).ShouldBeNull();
        (await clients.RevokeAsync(made.Id, "grace@example.com", Cancel)).ShouldNotBeNull();

        await Eventually.Async(
            async () => (await program.GetAsync("/api/v1/products")).StatusCode, status => status == HttpStatusCode.Unauthorized,
            "the process has asked again");
        await using var audit = shop.Database.CreateCommand(
            "select who || ' ' || subject from orders.audit where subject like $1 order by id");
        audit.Parameters.Add(new() { Value = $"%{name}%" });
        await using var lines = await audit.ExecuteReaderAsync(Cancel);
        var said = new List<string>();
        while (await lines.ReadAsync(Cancel)) said.Add(lines.GetString(0));
        said.ShouldBe([$"ada@example.com make {name}: orders:write, orders:read, products:read", $"grace@example.com revoke {name}"]);
    }

    [Fact]
    public async Task A_program_has_a_rate_limit_of_its_own_and_may_order_for_one_address_as_often_as_it_may_order()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 1000);
        using var fast = Program(await KeyAsync(perMinute: 1000));
        using var slow = Program(await KeyAsync(perMinute: 1));

        for (var n = 0; n < 10; n++) (await fast.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).StatusCode.ShouldBe(HttpStatusCode.Created);
        await slow.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));
        (await slow.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task An_admin_makes_a_key_on_its_page_sees_it_once_and_revokes_it()
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Admin);
        var name = Guid.NewGuid().ToString("n");

        var answer = await Staff.PostAsync(browser, "/admin/api-keys", "?handler=Make",
            ("name", name), ("scopes", ApiScope.ReadProducts), ("ordersPerMinute", "60"));

        var page = await answer.Content.ReadAsStringAsync();
        var key = System.Text.RegularExpressions.Regex.Match(page, "storefront_[A-Za-z0-9_-]{43}").Value;
        using var program = Program(key);
        (await program.GetAsync("/api/v1/products")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await browser.GetStringAsync("/admin/api-keys")).ShouldNotContain(key);
        await using var look = shop.Database.CreateCommand($"select count(*) from shop.api_clients c where c::text like '%{key}%'");
        (await look.ExecuteScalarAsync(Cancel)).ShouldBe(0L);

        var id = (await shop.Get<ApiClients>().ListAsync(Cancel)).Single(client => client.Name == name).Id;
        await Staff.PostAsync(browser, "/admin/api-keys", "?handler=Revoke", ("id", id.ToString()));
        (await browser.GetStringAsync("/admin/api-keys")).ShouldContain("revoked");
    }

    private async Task<string> KeyAsync(string name = "a program", string[]? scopes = null, int perMinute = 600) =>
        (await shop.Get<ApiClients>().MakeAsync(name, scopes ?? [.. ApiScope.All], perMinute, "ada@example.com", Cancel)).Key!;

    private HttpClient Program(string key) => new()
    {
        BaseAddress = shop.Http.BaseAddress, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    public sealed class ShopThatAsksForKeys : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
        [
            ("Api:RequireKey", "true"), ("RateLimits:Enabled", "true"), ("RateLimits:OrdersPerMinute", "5"),
            ("RateLimits:AccountFormsPerMinute", "1000"), ("RateLimits:LookupsPerMinute", "1000000"),
            ("RateLimits:SearchesPerMinute", "1000000"),
        ];
    }
}
