using System.Net;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

public sealed class RequestLimitTests(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post,
            "/api/v1/orders") { Headers = { { "Idempotency-Key", "long" }, { "Expect", "100-continue" } } };
        request.Content = new StringContent(new string(' ', 3 * 1024 * 1024), System.Text.Encoding.UTF8, "application/json");
        (await shop.Http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Headers_that_are_too_long_are_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Long", new string('x', 40_000) } } };
        (await shop.Http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.RequestHeaderFieldsTooLarge);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/cart")]
    [InlineData("/products/MUG-OAT")]
    public async Task A_cookie_of_another_program_does_not_break_requests(string page)
    {
        using var handler = new SocketsHttpHandler
        {
            UseCookies = false, RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1,
        };
        using var http = new HttpClient(handler) { BaseAddress = shop.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, page);
        request.Headers.TryAddWithoutValidation("Cookie", "city=Köln; cart=\u00FF\u00FE; x=\u0080\u00A0").ShouldBeTrue();
        (await http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public void Slow_clients_are_disconnected_and_long_requests_end()
    {
        var limits = shop.Get<IOptions<KestrelServerOptions>>().Value.Limits;
        limits.RequestHeadersTimeout.ShouldBe(TimeSpan.FromSeconds(10));
        limits.MinRequestBodyDataRate!.BytesPerSecond.ShouldBe(240);
        limits.MinResponseDataRate!.BytesPerSecond.ShouldBe(240);
        shop.Get<IOptions<RequestTimeoutOptions>>().Value.DefaultPolicy!.Timeout.ShouldBe(TimeSpan.FromSeconds(30));

        var unbounded = shop.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<DisableRequestTimeoutAttribute>() is not null);
        unbounded.Select(endpoint => endpoint.RoutePattern.RawText).ShouldBe(["/orders/{id:guid}/events"]);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/admin")]
    [InlineData("%2F%2Fevil.example")]
    [InlineData("/\t/evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("~//evil.example")]
    [InlineData("http:evil.example")]
    public async Task The_redirect_after_signing_in_stays_on_this_host(string returnUrl)
    {
        using var browser = shop.Browser(followRedirects: false);
        var answer = await Staff.PostAsync(
            browser, $"/account/sign-in?ReturnUrl={Uri.EscapeDataString(returnUrl)}", ("Email", "admin@example.com"),
            ("Password", Shop.AdminPassword), ("ReturnUrl", returnUrl));
        answer.Headers.Location!.OriginalString.ShouldBe("/admin");
    }
}
