using System.Net.Http.Headers;
using System.Text;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>The security headers of every response: pages, the API, errors, files, the dashboard.</summary>
public sealed class HeaderTests(Shop shop) : IClassFixture<Shop>
{
    public static TheoryData<string, string> Requests => new()
    {
        { "GET", "/" }, { "GET", "/?q=oak&sort=price" }, { "GET", "/products/MUG-OAT" }, { "GET", "/products/NO-SUCH" }, { "GET", "/cart" },
        { "GET", "/checkout" },
        { "GET", $"/orders/{Guid.NewGuid()}" }, { "GET", $"/orders/{Guid.NewGuid()}/events" }, { "GET", "/error/500" },
        { "GET", "/nowhere" },
        { "POST", "/cart" }, { "DELETE", "/cart" }, { "GET", "/site.css" }, { "GET", "/site.js" }, { "GET", "/products/mug-oat.svg" },
        { "GET", "/account/sign-in" }, { "GET", "/account/denied" }, { "POST", "/account/sign-in" }, { "GET", "/admin" },
        { "GET", "/admin/jobs" },
        { "GET", "/api/v1/products" }, { "GET", "/api/v1/products?limit=x" }, { "GET", "/api/v1/nowhere" }, { "POST", "/api/v1/orders" },
        { "PUT", "/api/v1/orders" },
        { "GET", $"/api/v1/orders/{Guid.NewGuid()}" }, { "POST", $"/api/v1/orders/{Guid.NewGuid()}/cancel" }, { "GET", "/openapi/v1.json" },
        { "GET", "/docs/" },
        { "GET", "/docs/scalar.js" }, { "GET", "/health/live" }, { "GET", "/health/ready" }, { "GET", "/orders/%2e%2e/%2e%2e" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Every_response_has_the_security_headers(string method, string path) =>
        HeadersAreThere(await AskAsync(shop.Http, method, path));

    [Fact]
    public async Task Every_page_of_the_dashboard_has_the_security_headers()
    {
        using var admin = await Staff.SignInAsync(shop, "admin@example.com", Shop.AdminPassword);
        foreach (var path in new[] { "/admin", "/admin/jobs", "/admin/jobs/jobs/enqueued", "/admin/jobs/recurring", "/admin/jobs/nowhere" })
            HeadersAreThere(await admin.GetAsync(path));
    }

    [Fact]
    public async Task An_inline_script_runs_only_with_the_nonce_of_its_response()
    {
        foreach (var path in new[] { "/", "/cart", "/account/sign-in", "/admin/jobs", "/docs/" })
        {
            var policy = Policy(await shop.Http.GetAsync(path));
            policy.Split("; ").Single(rule => rule.StartsWith("script-src ", StringComparison.Ordinal)).ShouldNotContain("unsafe");
        }

        var (first, second) = (await shop.Http.GetAsync("/docs/"), await shop.Http.GetAsync("/docs/"));
        var nonce = Policy(first).Split("'nonce-")[1].Split('\'')[0];
        (await first.Content.ReadAsStringAsync()).ShouldContain($"nonce=\"{nonce}\"");
        Policy(second).ShouldNotContain(nonce);
    }

    [Fact]
    public async Task Pages_with_an_order_or_an_account_are_not_cached()
    {
        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).JsonAsync()).Id();
        foreach (var path in new[] { $"/orders/{AnOrder.KeyOf(id)}", $"/api/v1/orders/{AnOrder.KeyOf(id)}", "/account/sign-in", "/admin" })
            (await shop.Http.GetAsync(path)).Headers.CacheControl!.NoStore.ShouldBeTrue(path);
    }

    private static void HeadersAreThere(HttpResponseMessage response)
    {
        var policy = Policy(response);
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("object-src 'none'");
        policy.ShouldContain("base-uri 'none'");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldContain("form-action 'self'");
        One(response, "X-Content-Type-Options").ShouldBe("nosniff");
        One(response, "X-Frame-Options").ShouldBe("DENY");
        One(response, "Referrer-Policy").ShouldBe("same-origin");
        One(response, "Permissions-Policy").ShouldContain("geolocation=()");
        One(response, "Cross-Origin-Opener-Policy").ShouldBe("same-origin");
        response.Headers.Contains("Server").ShouldBeFalse();
        response.Headers.Contains("X-Powered-By").ShouldBeFalse();
    }

    private static string Policy(HttpResponseMessage response) => One(response, "Content-Security-Policy");

    private static string One(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
            ? values.ShouldHaveSingleItem() : throw new ShouldAssertException($"{header} is missing on {response}");

    private static async Task<HttpResponseMessage> AskAsync(HttpClient http, string method, string path)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (method == "POST") request.Content = new StringContent("{", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
