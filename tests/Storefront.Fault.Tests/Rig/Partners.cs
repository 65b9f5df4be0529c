using System.Net.Http.Json;
using System.Text.Json;

namespace Storefront.Fault.Tests.Rig;

/// <summary>The sandbox's control API, past every proxy.</summary>
internal sealed class Partners(Uri url) : IDisposable
{
    public static readonly string[] All = ["inventory", "email", "analytics"];

    private readonly HttpClient http = new() { BaseAddress = url };

    public Uri Url => url;

    public Task SetStockAsync(string sku, int onHand) => PutAsync($"/sandbox/stock/{Uri.EscapeDataString(sku)}", new { onHand });

    /// <summary>Makes Inventory lose this reservation.</summary>
    public async Task ForgetReservationAsync(string id) =>
        (await http.DeleteAsync($"/sandbox/reservations/{id}")).EnsureSuccessStatusCode();

    /// <param name="partner">One of <see cref="All"/>.</param>
    /// <param name="fault">In the control API's words.</param>
    public Task BreakAsync(string partner, object fault) => PutAsync($"/sandbox/faults/{partner}", fault);

    public async Task HealAsync() => (await http.DeleteAsync("/sandbox/faults")).EnsureSuccessStatusCode();

    public async Task<JsonElement[]> ListAsync(string what) => (await http.GetFromJsonAsync<JsonElement[]>($"/sandbox/{what}"))!;

    public async Task<bool> AnswersAsync()
    {
        try
        {
            return (await http.GetAsync("/sandbox/faults")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public void Dispose() => http.Dispose();

    private async Task PutAsync(string path, object body) => (await http.PutAsJsonAsync(path, body)).EnsureSuccessStatusCode();
}
