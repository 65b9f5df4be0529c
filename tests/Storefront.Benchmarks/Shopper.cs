using System.Net.Http.Json;
using System.Text.Json;

namespace Storefront.Benchmarks;

/// <summary>Orders over the shop's JSON API.</summary>
internal static class Shopper
{
    /// <summary>One unit of the first product, two of the second, and so on. Returns the order's id.</summary>
    /// <returns>The key of its page, and what the database knows it by.</returns>
    public static async Task<(string Key, string Reference)> PlaceAsync(HttpClient shop, params string[] skus)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/orders");
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        request.Content = JsonContent.Create(new
        {
            email = "customer@example.com", name = "A Customer",
            address = new { line1 = "1 High Street", city = "Town", postalCode = "AB1 2CD", country = "GB" },
            lines = skus.Select((sku, n) => new { sku, quantity = n + 1 }),
        });
        using var response = await shop.SendAsync(request);
        if ((int)response.StatusCode != 201)
            throw new InvalidOperationException(
                $"An order was answered with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        var order = await response.Content.ReadFromJsonAsync<JsonElement>();
        var key = order.GetProperty("id").GetString()!;
        return (key, order.TryGetProperty("reference", out var reference) ? reference.GetString()! : key); // the Node shop has one id
    }
}
