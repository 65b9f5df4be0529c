using System.Text.Json;

namespace Storefront.Web.Hosting;

/// <summary>A sandbox that was started separately, used through its control API.</summary>
internal sealed class RunningSandbox
{
    private readonly HttpClient http;

    private RunningSandbox(HttpClient http) => this.http = http;

    /// <summary>Null when no sandbox answers: nothing listens there, or another program does.</summary>
    public static async Task<RunningSandbox?> FindAsync(Uri address, CancellationToken cancel)
    {
        if (address.Port == 0) return null;
        var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            var counters = await http.GetFromJsonAsync<JsonElement>("/sandbox/counters", cancel);
            if (counters.ValueKind == JsonValueKind.Object && counters.TryGetProperty("inventory", out _)) return new(http);
        }
        catch (Exception other) when (
            other is HttpRequestException or JsonException or NotSupportedException
            || other is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            // Nothing listens there, or another program does. The sandbox that is started there next will tell.
        }

        http.Dispose();
        return null;
    }

    /// <summary>Sets the stock of those SKUs that the sandbox does not know.</summary>
    public async Task StockAsync(IEnumerable<(string Sku, int OnHand)> stock, CancellationToken cancel)
    {
        using var used = http;
        var known = (await http.GetFromJsonAsync<JsonElement[]>("/sandbox/stock", cancel))!
            .Select(line => line.GetProperty("sku").GetString()).ToHashSet();
        foreach (var (sku, onHand) in stock.Where(line => !known.Contains(line.Sku)))
            (await http.PutAsJsonAsync($"/sandbox/stock/{Uri.EscapeDataString(sku)}", new { onHand }, cancel)).EnsureSuccessStatusCode();
    }
}
