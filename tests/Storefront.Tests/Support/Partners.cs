using System.Net.Http.Json;
using System.Text.Json;

namespace Storefront.Tests.Support;

/// <summary>The sandbox's control API, as a test speaks it.</summary>
public sealed class Partners(Uri url)
{
    private readonly HttpClient http = new() { BaseAddress = url };

    public Uri Url => url;

    public Task SetStockAsync(string sku, int onHand) => PutAsync($"/sandbox/stock/{Uri.EscapeDataString(sku)}", new { onHand });

    /// <param name="partner"><c>inventory</c>, <c>email</c> or <c>analytics</c>.</param>
    public Task BreakAsync(string partner, object fault) => PutAsync($"/sandbox/faults/{partner}", fault);

    public async Task HealAsync() => (await http.DeleteAsync("/sandbox/faults")).EnsureSuccessStatusCode();

    public Task<JsonElement[]> EmailsAsync() => ListAsync("emails");
    public Task<JsonElement[]> EventsAsync() => ListAsync("events");
    public Task<JsonElement[]> ReservationsAsync() => ListAsync("reservations");

    public async Task<JsonElement[]> EmailsOfAsync(Guid order) => Naming(await EmailsAsync(), order);
    public async Task<JsonElement[]> EventsOfAsync(Guid order) => Naming(await EventsAsync(), order);

    public async Task<JsonElement?> ReservationOfAsync(Guid order) =>
        (await ReservationsAsync()).Cast<JsonElement?>()
            .SingleOrDefault(one => one!.Value.GetProperty("id").GetString() == order.ToString());

    public async Task ForgetReservationAsync(Guid order) =>
        (await http.DeleteAsync($"/sandbox/reservations/{order}")).EnsureSuccessStatusCode();

    private static JsonElement[] Naming(JsonElement[] accepted, Guid order) =>
        [.. accepted.Where(one => one.GetProperty("key").GetString()!.Contains(order.ToString(), StringComparison.Ordinal))];

    private async Task<JsonElement[]> ListAsync(string what) => (await http.GetFromJsonAsync<JsonElement[]>($"/sandbox/{what}"))!;

    private async Task PutAsync(string path, object body) => (await http.PutAsJsonAsync(path, body)).EnsureSuccessStatusCode();
}
