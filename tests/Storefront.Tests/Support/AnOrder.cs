using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;

namespace Storefront.Tests.Support;

/// <summary>Orders as a client of the API places them.</summary>
public static class AnOrder
{
    private static readonly ConcurrentDictionary<Guid, Guid> Keys = new();

    public static object Of(params (string Sku, int Quantity)[] lines) => By("ada@example.com", lines);

    public static object By(string email, params (string Sku, int Quantity)[] lines) => new
    {
        email,
        name = "Ada Lovelace",
        address = new { line1 = "12 St James's Square", city = "London", postalCode = "SW1Y 4JH", country = "GB" },
        lines = lines.Select(line => new { sku = line.Sku, quantity = line.Quantity }),
    };

    /// <summary>Only at this total.</summary>
    public static object Priced(decimal expectedTotal, string email, params (string Sku, int Quantity)[] lines) => new
    {
        email, name = "Ada Lovelace", expectedTotal,
        address = new { line1 = "12 St James's Square", city = "London", postalCode = "SW1Y 4JH", country = "GB" },
        lines = lines.Select(line => new { sku = line.Sku, quantity = line.Quantity }),
    };

    public static async Task<HttpResponseMessage> PlaceAsync(
        this HttpClient http, object order, string? key = null, string path = "/api/v1/orders")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(order) };
        request.Headers.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        return await http.SendAsync(request);
    }

    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>();

    public static async Task<string> CodeAsync(this HttpResponseMessage response) =>
        (await response.JsonAsync()).GetProperty("code").GetString()!;

    /// <summary>What the database and the partners know the order by: the API's <c>reference</c>.</summary>
    public static Guid Id(this JsonElement order)
    {
        var id = order.GetProperty("reference").GetGuid();
        Opens(order.Key(), id);
        return id;
    }

    public static void Opens(Guid key, Guid id) => Keys[id] = key;

    /// <summary>What opens the order: the API's <c>id</c>.</summary>
    public static Guid Key(this JsonElement order) => order.GetProperty("id").GetGuid();

    /// <summary>What opens this order, which a test has placed.</summary>
    public static Guid KeyOf(Guid id) => Keys[id];

    public static string Status(this JsonElement order) => order.GetProperty("status").GetString()!;

    public static Task<JsonElement> OrderAsync(this HttpClient http, Guid id) =>
        http.GetFromJsonAsync<JsonElement>($"/api/v1/orders/{KeyOf(id)}");

    /// <summary>The state of one delivery of an order, or null if there is none.</summary>
    public static string? Delivery(this JsonElement order, string effect) =>
        order.GetProperty("deliveries").EnumerateArray().Where(delivery => delivery.GetProperty("effect").GetString() == effect)
            .Select(delivery => delivery.GetProperty("state").GetString()).SingleOrDefault();

    /// <summary>Waits until the condition holds for the order.</summary>
    public static Task<JsonElement> UntilAsync(this HttpClient http, Guid id, Func<JsonElement, bool> condition, string because) =>
        Eventually.Async(() => http.OrderAsync(id), condition, because);
}
