using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Storefront.Tests.Support;
using Storefront.Web.Identity;
using Storefront.Web.Security;

namespace Storefront.Tests.Security;

/// <summary>A client above a limit is told when to come back. No other client is affected. Each test has its own addresses.</summary>
public sealed class RateLimitTests(RateLimitTests.ShopBehindProxy shop) : IClassFixture<RateLimitTests.ShopBehindProxy>
{
    [Fact]
    public async Task The_API_limits_orders_for_each_client_address()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 1000);
        for (var i = 0; i < 3; i++) (await OrderAsync("203.0.113.1")).StatusCode.ShouldBe(HttpStatusCode.Created);

        var refused = await RefusedAsync(() => OrderAsync("203.0.113.1"));
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        (await refused.CodeAsync()).ShouldBe("rate_limited");

        (await OrderAsync("203.0.113.2")).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await GetAsync("/", "203.0.113.1")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/?q=oak", "203.0.113.10")]
    [InlineData("/orders/3d2e2ee8-2c7c-4a2f-93b5-1f0ff1f2a4c1", "203.0.113.11")]
    public async Task A_page_requested_too_often_says_so_with_a_sentence(string path, string from)
    {
        for (var i = 0; i < 4; i++) (await GetAsync(path, from)).StatusCode.ShouldNotBe(HttpStatusCode.TooManyRequests);

        var refused = await RefusedAsync(() => GetAsync(path, from));
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await refused.Content.ReadAsStringAsync()).ShouldContain("Too many requests");
        (await GetAsync(path, "203.0.113.12")).StatusCode.ShouldNotBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task A_program_with_an_API_key_and_others_at_its_address_do_not_use_up_each_others_limits()
    {
        var key = (await shop.Get<ApiClients>().MakeAsync(
            "a program", [.. ApiScope.All], 60, "ada@example.com", TestContext.Current.CancellationToken)).Key!;
        for (var i = 0; i < 4; i++) await GetAsync("/api/v1/products", "203.0.113.13");
        await RefusedAsync(() => GetAsync("/api/v1/products", "203.0.113.13"));

        for (var i = 0; i < 4; i++) (await WithKeyAsync()).StatusCode.ShouldBe(HttpStatusCode.OK);
        await RefusedAsync(WithKeyAsync);

        Task<HttpResponseMessage> WithKeyAsync()
        {
            var request = From("203.0.113.13", HttpMethod.Get, "/api/v1/products");
            request.Headers.Authorization = new("Bearer", key);
            return shop.Http.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Password_attempts_of_one_client_for_one_account_are_limited()
    {
        for (var i = 0; i < 3; i++) (await SignInAsync("ada@example.com", "203.0.113.29")).StatusCode.ShouldBe(HttpStatusCode.OK);

        var refused = await RefusedAsync(() => SignInAsync("Ada@Example.com", "203.0.113.29"));
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await SignInAsync("grace@example.com", "203.0.113.29")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await SignInAsync("ada@example.com", "203.0.113.28")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Sign_in_attempts_from_one_client_address_are_limited_across_all_accounts()
    {
        for (var i = 0; i < 6; i++) (await SignInAsync($"somebody-{i}@example.com", "203.0.113.30")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await RefusedAsync(() => SignInAsync("somebody-6@example.com", "203.0.113.30"));
    }

    [Fact]
    public async Task A_forwarded_address_that_the_client_itself_sent_is_ignored()
    {
        for (var i = 0; i < 4; i++) await GetAsync("/?q=a", $"198.51.100.{i}, 203.0.113.40");
        await RefusedAsync(() => GetAsync("/?q=a", "198.51.100.99, 203.0.113.40"));
    }

    [Fact]
    public async Task IPv6_addresses_of_one_network_share_a_limit()
    {
        for (var i = 0; i < 4; i++) await GetAsync("/?q=a", $"2001:db8:1:1::{i}");
        await RefusedAsync(() => GetAsync("/?q=a", "2001:db8:1:1:ffff::1"));
        (await GetAsync("/?q=a", "2001:db8:1:2::1")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Over_HTTPS_the_response_has_Strict_Transport_Security()
    {
        using var request = From("203.0.113.50", HttpMethod.Get, "/");
        request.Headers.Add("X-Forwarded-Proto", "https");
        (await shop.Http.SendAsync(request)).Headers.GetValues("Strict-Transport-Security").ShouldHaveSingleItem()
            .ShouldBe("max-age=31536000; includeSubDomains");
    }

    [Fact]
    public async Task Nobody_fills_an_inbox_with_orders_from_however_many_addresses()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 1000);
        var victim = $"{Guid.NewGuid():n}@example.com";
        var first = Guid.NewGuid().ToString();
        for (var i = 0; i < 8; i++) await OrderAsync($"203.0.113.{100 + i}", victim, total: 0.01m); // placed by nobody, and sends no mail
        (await OrderAsync("203.0.113.130", victim, first)).StatusCode.ShouldBe(HttpStatusCode.Created);
        for (var i = 0; i < 3; i++) (await OrderAsync($"203.0.113.{131 + i}", victim, first)).StatusCode.ShouldBe(HttpStatusCode.OK);
        for (var i = 0; i < 5; i++) (await OrderAsync($"203.0.113.{110 + i}", victim)).StatusCode.ShouldBe(HttpStatusCode.Created);

        var refused = await OrderAsync("203.0.113.120", victim);

        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
        (await refused.CodeAsync()).ShouldBe("rate_limited");
        var again = await OrderAsync("203.0.113.121", victim, first);
        again.StatusCode.ShouldBe(HttpStatusCode.OK, "a repeat is no order more");
        (await OrderAsync("203.0.113.120", $"{Guid.NewGuid():n}@example.com")).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Nobody_fills_an_inbox_with_orders_that_are_all_placed_at_once()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 1000);
        var victim = $"{Guid.NewGuid():n}@example.com";

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => OrderAsync($"198.51.100.{100 + i}", victim)));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.Created).ShouldBeLessThanOrEqualTo(6);
    }

    [Fact]
    public async Task Carts_are_limited_for_each_client_address()
    {
        var refused = await RefusedAsync(async () =>
        {
            using var request = From("203.0.113.60", HttpMethod.Post, "/cart");
            request.Content = new FormUrlEncodedContent([]);
            return await shop.Http.SendAsync(request);
        });
        (await refused.Content.ReadAsStringAsync()).ShouldContain("Too many requests");
    }

    // A slow machine takes so long for some requests that others are free again.
    private static async Task<HttpResponseMessage> RefusedAsync(Func<Task<HttpResponseMessage>> ask)
    {
        for (var n = 0; n < 50; n++)
            if (await ask() is { StatusCode: HttpStatusCode.TooManyRequests } refused) return refused;
        throw new InvalidOperationException("50 requests were answered.");
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string from)
    {
        using var request = From(from, HttpMethod.Get, path);
        return await shop.Http.SendAsync(request);
    }

    private async Task<HttpResponseMessage> OrderAsync(string from, string? email = null, string? key = null, decimal? total = null)
    {
        using var request = From(from, HttpMethod.Post, "/api/v1/orders");
        request.Headers.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        email ??= $"{Guid.NewGuid():n}@example.com";
        request.Content = JsonContent.Create(
            total is { } expected ? AnOrder.Priced(expected, email, (Goods.Mug, 1)) : AnOrder.By(email, (Goods.Mug, 1)));
        return await shop.Http.SendAsync(request);
    }

    private async Task<HttpResponseMessage> SignInAsync(string email, string from)
    {
        using var browser = shop.Browser(followRedirects: false);
        browser.DefaultRequestHeaders.Add("X-Forwarded-For", from);
        return await Staff.TryAsync(browser, email, "not the password");
    }

    private static HttpRequestMessage From(string address, HttpMethod method, string path) =>
        new(method, path) { Headers = { { "X-Forwarded-For", address } } };

    public sealed class ShopBehindProxy : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
        [
            ("Web:Proxies", "127.0.0.1, 10.0.0.0/8"), ("RateLimits:Enabled", "true"), ("RateLimits:OrdersPerMinute", "3"),
            ("RateLimits:SearchesPerMinute", "4"), ("RateLimits:CartFormsPerMinute", "4"),
            ("RateLimits:LookupsPerMinute", "4"), ("RateLimits:AccountFormsPerMinute", "6"),
            ("RateLimits:PasswordsPerAccountPerMinute", "3"),
        ];
    }
}

/// <summary>Without a configured proxy, no forwarded header is trusted.</summary>
public sealed class WithoutAProxy(WithoutAProxy.ShopWithoutProxy shop) : IClassFixture<WithoutAProxy.ShopWithoutProxy>
{
    [Fact]
    public async Task Without_a_known_proxy_forwarded_headers_are_ignored()
    {
        HttpResponseMessage answer = null!;
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get,
                "/?q=oak") { Headers = { { "X-Forwarded-For", $"203.0.113.{i}" }, { "X-Forwarded-Proto", "https" } } };
            answer = await shop.Http.SendAsync(request);
            answer.Headers.Contains("Strict-Transport-Security").ShouldBeFalse();
        }

        answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    public sealed class ShopWithoutProxy : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [("RateLimits:Enabled", "true"), ("RateLimits:SearchesPerMinute", "2")];
    }
}

/// <summary>In a shop of its own, whose other clients would take from the same number.</summary>
public sealed class ConnectionLimitTests(ConnectionLimitTests.ShopWithFewConnections shop)
    : IClassFixture<ConnectionLimitTests.ShopWithFewConnections>
{
    [Fact]
    public async Task One_address_holds_a_limited_number_of_connections_at_a_time()
    {
        var held = new List<TcpClient>();
        var answered = 0;
        for (var n = 0; n < 3 * ShopWithFewConnections.Connections; n++)
        {
            held.Add(new TcpClient());
            if (await IsAnsweredAsync(held[^1])) answered++;
        }

        answered.ShouldBeInRange(1, ShopWithFewConnections.Connections);
        held.ForEach(socket => socket.Dispose());
        await Eventually.Async(async () =>
        {
            using var another = new TcpClient();
            return await IsAnsweredAsync(another);
        }, isAnswered => isAnswered, "those that are closed make room");
    }

    private async Task<bool> IsAnsweredAsync(TcpClient client)
    {
        try
        {
            await client.ConnectAsync(shop.Http.BaseAddress!.Host, shop.Http.BaseAddress.Port);
            var stream = client.GetStream();
            await stream.WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
            return await stream.ReadAsync(new byte[1]) > 0;
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            return false;
        }
    }

    public sealed class ShopWithFewConnections : Shop
    {
        public const int Connections = 8;

        protected override IEnumerable<(string Key, string Value)> Settings =>
            [("RateLimits:Enabled", "true"), ("RateLimits:ConnectionsPerAddress", $"{Connections}")];
    }
}
