using System.Net.Http.Json;
using System.Text.Json;

namespace Storefront.Tests.Support;

/// <summary>A client of the sandbox's control API. Storefront.Fault.Tests compiles this file too.</summary>
public sealed class SandboxClient(Uri url) : IDisposable
{
    public static IReadOnlyList<string> PartnerNames { get; } = ["inventory", "email", "analytics", "loyalty"];

    private readonly HttpClient http = new() { BaseAddress = url };

    public Uri Url => url;

    public Task SetStockAsync(string sku, int onHand) => PutAsync($"/sandbox/stock/{Uri.EscapeDataString(sku)}", new { onHand });

    /// <param name="partner">One of <see cref="PartnerNames"/>.</param>
    /// <param name="fault">In the control API's words.</param>
    public Task BreakAsync(string partner, object fault) => PutAsync($"/sandbox/faults/{partner}", fault);

    public async Task HealAsync() => (await http.DeleteAsync("/sandbox/faults")).EnsureSuccessStatusCode();

    public Task<JsonElement[]> EmailsAsync() => ListAsync("emails");
    public Task<JsonElement[]> EventsAsync() => ListAsync("events");
    public Task<JsonElement[]> PointsAsync() => ListAsync("points");
    public Task<JsonElement[]> ReservationsAsync() => ListAsync("reservations");
    public Task<JsonElement[]> StockAsync() => ListAsync("stock");

    public async Task<JsonElement[]> EmailsOfAsync(Guid order) => Naming(await EmailsAsync(), order);
    public async Task<JsonElement[]> EventsOfAsync(Guid order) => Naming(await EventsAsync(), order);

    public async Task<JsonElement?> ReservationOfAsync(Guid order) =>
        (await ReservationsAsync()).Cast<JsonElement?>()
            .SingleOrDefault(reservation => reservation!.Value.GetProperty("id").GetString() == order.ToString());

    /// <summary>Makes Inventory lose the reservation of this order.</summary>
    public async Task ForgetReservationAsync(Guid order) =>
        (await http.DeleteAsync($"/sandbox/reservations/{order}")).EnsureSuccessStatusCode();

    /// <summary>Whether the sandbox has started.</summary>
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

    private static JsonElement[] Naming(JsonElement[] accepted, Guid order) =>
        [.. accepted.Where(call => call.GetProperty("key").GetString()!.Contains(order.ToString(), StringComparison.Ordinal))];

    private async Task<JsonElement[]> ListAsync(string what) => (await http.GetFromJsonAsync<JsonElement[]>($"/sandbox/{what}"))!;

    private async Task PutAsync(string path, object body) => (await http.PutAsJsonAsync(path, body)).EnsureSuccessStatusCode();
}
