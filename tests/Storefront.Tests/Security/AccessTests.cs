using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.Security;

/// <summary>
/// Who may call what: every endpoint of the running program × every role. An endpoint that is not listed here fails the test.
/// </summary>
public sealed class AccessTests(AccessTests.ShopWithAllRoles shop) : IClassFixture<AccessTests.ShopWithAllRoles>
{
    private static readonly string[] People = ["anonymous", "shopper", Roles.Viewer, Roles.Operator, Roles.Admin];

    private const string Dashboard = "* /admin/jobs/{**path}";

    /// <summary>The lowest of these roles that may call an endpoint, by method and route.</summary>
    private static readonly Dictionary<string, string> Least = new()
    {
        ["* /"] = "anonymous",
        ["* /index"] = "anonymous",
        ["* /products/{**sku}"] = "anonymous",
        ["* /cart"] = "anonymous",
        ["* /checkout"] = "anonymous",
        ["* /orders/{id:guid}"] = "anonymous", // The id has 122 random bits.
        ["* /orders/index/{id:guid}"] = "anonymous",
        ["GET /orders/{id:guid}/events"] = "anonymous",
        ["* /orders/find"] = "anonymous", // It answers only by a mail to the order's own address.
        ["* /account/register"] = "anonymous",
        ["* /account/password"] = "anonymous", // It needs a link that was mailed to the account's own address.
        ["* /account/orders"] = "shopper",
        ["* /account/sign-in"] = "anonymous",
        ["* /account/second-factor"] = "anonymous",
        ["* /account/authenticator"] = Roles.Viewer,
        ["* /account/sign-out"] = "anonymous",
        ["* /account/denied"] = "anonymous",
        ["* /error/{code:int}"] = "anonymous",
        ["GET /api/v1/products"] = "anonymous",
        ["POST /api/v1/orders"] = "anonymous",
        ["GET /api/v1/orders/{id:guid}"] = "anonymous",
        ["POST /api/v1/orders/{id:guid}/cancel"] = "anonymous",
        ["GET /openapi/{documentName:regex(^v1$)}.json"] = "anonymous",
        ["GET /docs/{documentName?}"] = "anonymous",
        ["GET /docs/scalar.js"] = "anonymous",
        ["GET /docs/scalar.aspnetcore.js"] = "anonymous",
        ["GET /docs/favicon.svg"] = "anonymous",
        ["GET /{**path:file}"] = "anonymous", // These are files added after the build, in a build that was not published.
        ["HEAD /{**path:file}"] = "anonymous",
        ["* /health/live"] = "anonymous",
        ["* /health/ready"] = "anonymous",
        ["* /admin"] = Roles.Viewer, // The tests in BackOffice check each button on these pages.
        ["* /admin/orders"] = Roles.Viewer,
        ["* /admin/orders/{id:guid}"] = Roles.Viewer,
        ["GET /admin/orders.csv"] = Roles.Operator,
        ["* /admin/failures"] = Roles.Viewer,
        ["* /admin/failures/confirm"] = Roles.Operator,
        ["* /admin/failures/work/{id:guid}"] = Roles.Viewer,
        ["* /admin/letters/{id:guid}/{effect}"] = Roles.Viewer,
        ["* /admin/partners"] = Roles.Viewer,
        ["* /admin/reconciliation"] = Roles.Viewer,
        ["* /admin/schedule"] = Roles.Viewer,
        ["* /admin/audit"] = Roles.Viewer,
        ["* /admin/staff"] = Roles.Admin,
        ["* /admin/api-keys"] = Roles.Admin,
        [Dashboard] = Roles.Viewer,
    };

    private IReadOnlyList<RouteEndpoint> Endpoints =>
        [.. shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null
            && endpoint.Metadata.GetMetadata<ISuppressMatchingMetadata>() is not { SuppressMatching: true })];

    [Fact]
    public void Every_endpoint_is_listed_with_who_may_call_it()
    {
        var there = Endpoints.SelectMany(Names).Distinct().Order(StringComparer.Ordinal).ToList();
        there.Except(Least.Keys).ShouldBeEmpty("Say in this test who may call these.");
        Least.Keys.Except(there).ShouldBeEmpty("These are gone: take them out of the list.");
    }

    [Theory]
    [InlineData("anonymous")]
    [InlineData("shopper")]
    [InlineData(Roles.Viewer)]
    [InlineData(Roles.Operator)]
    [InlineData(Roles.Admin)]
    public async Task Each_role_can_call_exactly_the_endpoints_that_the_list_says(string who)
    {
        foreach (var (endpoint, least) in Least)
        {
            var may = Array.IndexOf(People, who) >= Array.IndexOf(People, least);
            foreach (var method in endpoint.StartsWith('*') ? ["GET", "POST"] : new[] { endpoint.Split(' ')[0] })
            {
                if (method == "POST" && endpoint == Dashboard) continue; // Without a token it answers 403 (see DashboardTests).
                using var request = new HttpRequestMessage(new(method), Address(endpoint.Split(' ')[1]));
                using var answer = await shop.Browsers[who].SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                WasSentAway(answer)
                    .ShouldBe(!may, $"{who}: {method} {endpoint} was answered with {answer.StatusCode} {answer.Headers.Location}");
            }
        }
    }

    [Fact]
    public async Task An_endpoint_without_a_policy_is_closed()
    {
        var policy = shop.Get<IOptions<AuthorizationOptions>>().Value.FallbackPolicy.ShouldNotBeNull();
        var http = new DefaultHttpContext();
        http.SetEndpoint(
            new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse("/new"), order: 0, EndpointMetadataCollection.Empty,
                "new"));
        await using var scope = shop.Services.CreateAsyncScope();
        (await scope.ServiceProvider.GetRequiredService<IAuthorizationService>()
            .AuthorizeAsync(new(), http, policy)).Succeeded.ShouldBeFalse();
    }

    [Fact]
    public async Task Static_files_are_public()
    {
        (await shop.Http.GetAsync("/site.css")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await shop.Http.GetAsync("/products/mug-oat.svg")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/v1/nowhere", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/v1/products", HttpStatusCode.MethodNotAllowed)]
    public async Task An_unknown_path_does_not_ask_for_signing_in(string method, string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new(method), path);
        (await shop.Http.SendAsync(request)).StatusCode.ShouldBe(status);
    }

    private static bool WasSentAway(HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
        || answer.Headers.Location?.OriginalString is { } location
        && (location.Contains("/account/sign-in?ReturnUrl", StringComparison.Ordinal)
            || location.Contains("/account/denied", StringComparison.Ordinal));

    private static IEnumerable<string> Names(RouteEndpoint endpoint)
    {
        var route = "/" + endpoint.RoutePattern.RawText!.Trim('/');
        var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"];
        return methods.Select(method => $"{method} {route}");
    }

    private static string Address(string route) => route
        .Replace("{id:guid}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
        .Replace("{effect}", "order-confirmation", StringComparison.Ordinal).Replace("{sku}", Goods.Mug, StringComparison.Ordinal)
        .Replace("{code:int}", "404", StringComparison.Ordinal).Replace("{documentName:regex(^v1$)}", "v1", StringComparison.Ordinal)
        .Replace("{documentName?}", "", StringComparison.Ordinal).Replace("{**path}", "", StringComparison.Ordinal)
        .Replace("{**path:file}", "site.css", StringComparison.Ordinal);

    /// <summary>A shop with a signed-in browser for each role.</summary>
    public sealed class ShopWithAllRoles : Shop
    {
        public Dictionary<string, HttpClient> Browsers { get; } = [];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Browsers["anonymous"] = Browser(followRedirects: false);
            Browsers["shopper"] = await Staff.BrowserAsync(this, role: null);
            foreach (var role in Roles.All) Browsers[role] = await Staff.BrowserAsync(this, role);
        }

        public override async ValueTask DisposeAsync()
        {
            foreach (var browser in Browsers.Values) browser.Dispose();
            await base.DisposeAsync();
        }
    }
}
