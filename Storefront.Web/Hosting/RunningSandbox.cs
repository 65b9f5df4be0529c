using System.Text.Json;

namespace Storefront.Web.Hosting;

/// <summary>A sandbox that was started separately, used through its control API.</summary>
internal static class RunningSandbox
{
    /// <summary>Sets the stock of those SKUs that the sandbox does not know.</summary>
    /// <returns>False: no sandbox answers, since nothing listens there, or another program does.</returns>
    public static async Task<bool> TryStockAsync(Uri address, IEnumerable<(string Sku, int OnHand)> stock, CancellationToken cancel)
    {
        if (address.Port == 0) return false;
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(5) };
        if (!await IsSandboxAsync(http, cancel)) return false;
        var known = (await http.GetFromJsonAsync<JsonElement[]>("/sandbox/stock", cancel))!
            .Select(line => line.GetProperty("sku").GetString()).ToHashSet();
        foreach (var (sku, onHand) in stock.Where(line => !known.Contains(line.Sku)))
            (await http.PutAsJsonAsync($"/sandbox/stock/{Uri.EscapeDataString(sku)}", new { onHand }, cancel)).EnsureSuccessStatusCode();
        return true;
    }

    private static async Task<bool> IsSandboxAsync(HttpClient http, CancellationToken cancel)
    {
        try
        {
            var counters = await http.GetFromJsonAsync<JsonElement>("/sandbox/counters", cancel);
            return counters.ValueKind == JsonValueKind.Object && counters.TryGetProperty("inventory", out _);
        }
        catch (Exception other) when (
            other is HttpRequestException or JsonException or NotSupportedException
            || other is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return false; // the sandbox that is started there next will tell
        }
    }
}
