using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Storefront.Sandbox.Partners;

namespace Storefront.Tests.Sandbox.Partners;

/// <summary>The partners for one test, on a socket and in a directory of their own, with a clock that the test sets.</summary>
public sealed class PartnerBench : IAsyncLifetime
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("storefront-bench-");
    private SandboxPartners? partners;

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));

    /// <summary>Sends the credentials of all partners: they ignore each other's.</summary>
    public HttpClient Http { get; private set; } = new();

    public string DirectoryPath => directory.FullName;

    public Uri Url => partners!.Url;

    public ValueTask InitializeAsync() => StartAsync();

    public async ValueTask StartAsync(params (string, int)[] seed)
    {
        partners =
            await SandboxPartners.StartAsync(new("http://127.0.0.1:0"), DirectoryPath, seed, Clock, TestContext.Current.CancellationToken);
        Http = new HttpClient { BaseAddress = partners.Url };
        Http.DefaultRequestHeaders.UserAgent.ParseAdd("Storefront.Tests/1.0");
    }

    public async Task StopAsync()
    {
        Http.Dispose();
        if (partners is not null) await partners.DisposeAsync();
        partners = null;
    }

    public async Task RestartAsync(params (string, int)[] seed)
    {
        await StopAsync();
        await StartAsync(seed);
    }

    public Task<Reply> InventoryAsync(HttpMethod method, string path, object? body = null) =>
        SendAsync(method, path, body, new("Bearer", "key"));

    public Task<Reply> ReserveAsync(string id, params (string Sku, int Quantity)[] lines) =>
        InventoryAsync(HttpMethod.Put, $"/v1/reservations/{id}",
            new { lines = lines.Select(line => new { sku = line.Sku, quantity = line.Quantity }) });

    public Task<Reply> MailAsync(object body, string? key = null, string path = "/emails") =>
        SendAsync(HttpMethod.Post, path, body, new("Bearer", "re_key"), key);

    /// <summary>A batch whose valid mails are to be accepted, whatever becomes of the others.</summary>
    public async Task<Reply> PermissiveBatchAsync(object[] mails, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/emails/batch")
        {
            Content = JsonContent.Create(mails),
            Headers = { { "Authorization", "Bearer re_key" }, { "Idempotency-Key", key }, { "x-batch-validation", "permissive" } },
        };
        return await SendAsync(request);
    }

    /// <summary>Any other call of Email's contract.</summary>
    public Task<Reply> EmailAsync(HttpMethod method, string path, object? body = null) =>
        SendAsync(method, path, body, new("Bearer", "re_key"));

    public Task<Reply> TrackAsync(string path, object body) => SendAsync(HttpMethod.Post, path, body, WriteKey);

    public Task<Reply> ControlAsync(HttpMethod method, string path, object? body = null) =>
        SendAsync(method, $"/sandbox/{path}", body, null);

    public async Task SetStockAsync(string sku, int onHand) =>
        (await ControlAsync(HttpMethod.Put, $"stock/{sku}", new { onHand })).Status.ShouldBe(200);

    public async Task<JsonElement> StockAsync(string sku) =>
        (await InventoryAsync(HttpMethod.Get, $"/v1/stock?sku={sku}")).Json.GetProperty("data").EnumerateArray().Single();

    public async Task BreakAsync(string partner, object fault) =>
        (await ControlAsync(HttpMethod.Put, $"faults/{partner}", fault)).Status.ShouldBe(200);

    public async Task<JsonElement[]> AcceptedAsync(string what) => [.. (await ControlAsync(HttpMethod.Get, what)).Json.EnumerateArray()];

    public static AuthenticationHeaderValue WriteKey { get; } = new("Basic", Convert.ToBase64String("write-key:"u8));

    public static object AMail(string subject = "Order 1042 confirmed") =>
        new { from = "Storefront <orders@shop.example>", to = new[] { "ada@example.com" }, subject, html = "<p>Thank you.</p>",
            text = "Thank you." };

    public static object AnEvent(string? messageId, string name = "Order Completed") =>
        new { type = "track", messageId, anonymousId = "visitor-1", @event = name, properties = new { order_id = "1042" } };

    public async Task<Reply> SendAsync(
        HttpMethod method, string path, object? body, AuthenticationHeaderValue? credentials, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method,
            path) { Content = body as HttpContent ?? (body is null ? null : JsonContent.Create(body)) };
        request.Headers.Authorization = credentials;
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await SendAsync(request);
    }

    public async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return new((int)response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public static StringContent Raw(string json) => new(json, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        directory.Delete(recursive: true);
    }
}

/// <summary>What a partner answered.</summary>
public sealed record Reply(int Status, HttpResponseHeaders Headers, string? MediaType, string Body)
{
    public JsonElement Json => JsonElement.Parse(Body);

    /// <summary>The code of an error: Inventory's <c>code</c>, or Email's <c>name</c>.</summary>
    public string? Code => Json.TryGetProperty("code", out var code) || Json.TryGetProperty("name", out code) ? code.GetString() : null;
}
