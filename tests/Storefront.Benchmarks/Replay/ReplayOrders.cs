using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Storefront.Benchmarks.Replay;

/// <summary>
/// Sends the real orders of a real shop as fast as this one takes them, and holds what became of them against what the partners accepted.
/// An invoice is sent as it was sold, lines of the same product added up as a cart would; one that is refused for lines that are no
/// products is sent once more without them.
/// </summary>
internal static class ReplayOrders
{
    private const int Clients = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(string file, RunningShop shop, Report report, TextWriter output)
    {
        var invoices = Invoice.Read(file);
        await BringInAsync(invoices, shop, output);

        using var http = new HttpClient { BaseAddress = shop.Shop };
        var answers = new ConcurrentBag<Answer>();
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(invoices, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (invoice, _) =>
        {
            var answer = await PlaceAsync(http, invoice, invoice.Lines);
            answers.Add(answer);
            if (answer.Code == "unknown_sku"
                && invoice.Lines.Where(line => line.IsProduct && line.UnitPrice > 0).ToList() is { Count: > 0 } goods)
                answers.Add((await PlaceAsync(http, invoice, goods)) with { Again = true });
        });
        var accepted = answers.Where(answer => answer.Order is not null).ToList();
        var sending = watch.Elapsed;
        var (mails, events) = await DeliveredAsync(shop, accepted);
        var delivered = watch.Elapsed;

        await output.WriteLineAsync(
            $"{invoices.Count} invoices, {invoices.Sum(invoice => invoice.Lines.Count)} lines, largest "
                + $"{invoices.Max(invoice => invoice.Lines.Count)} lines; {Clients} clients");
        foreach (var group in answers.GroupBy(answer => (answer.Status, answer.Code, answer.Again)).OrderBy(group => group.Key.Again)
            .ThenBy(group => group.Key.Status))
            await output.WriteLineAsync(
                $"  {group.Count(),5}  {group.Key.Status} "
                    + $"{group.Key.Code}{(group.Key.Again ? " (sent again without what is no product)" : "")}");
        await output.WriteLineAsync($"{accepted.Count} accepted: {mails} have their one mail, {events} their one event");
        var times = answers.Select(answer => answer.Took.TotalMilliseconds).Order().ToList();
        report.Add("replay", Goal.Ours, "rate", "orders/s", accepted.Count / delivered.TotalSeconds);
        report.Add("replay", Goal.Ours, "taken", "orders/s", accepted.Count / sending.TotalSeconds);
        report.Add("replay", Goal.Ours, "POST p50", "ms", times[times.Count / 2]);
        report.Add("replay", Goal.Ours, "POST p99", "ms", times[times.Count * 99 / 100]);
        return mails == accepted.Count && events == accepted.Count ? 0 : 1;
    }

    private static async Task BringInAsync(IReadOnlyList<Invoice> invoices, RunningShop shop, TextWriter output)
    {
        var products = invoices.SelectMany(invoice => invoice.Lines).Where(line => line.IsProduct && line.UnitPrice > 0)
            .GroupBy(line => line.Sku).Select(lines => lines.OrderByDescending(line => line.Description.Length).First())
            .Select(line => new Product(line.Sku, line.Description.Length > 0 ? line.Description : line.Sku, line.UnitPrice)).ToList();
        await Assortment.BringInAsync(shop, products);
        await output.WriteLineAsync($"{products.Count} products imported and in stock");
    }

    private static async Task<Answer> PlaceAsync(HttpClient http, Invoice invoice, IReadOnlyList<InvoiceLine> lines)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/orders");
        request.Headers.Add("Idempotency-Key", $"{invoice.Number}-{lines.Count}-{Guid.NewGuid():N}");
        request.Content = JsonContent.Create(new
        {
            email = $"customer-{(invoice.Customer.Length > 0 ? invoice.Customer : "unknown")}@example.com",
            name = $"Customer {invoice.Customer}",
            address = new { line1 = "1 High Street", city = "Town", postalCode = "AB1 2CD", country = Country(invoice.Country) },
            lines = lines.GroupBy(line => line.Sku).Select(same => new { sku = same.Key, quantity = same.Sum(line => line.Quantity) }),
        });
        var watch = Stopwatch.StartNew();
        using var response = await http.SendAsync(request);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        return new Answer(
            (int)response.StatusCode, body.TryGetProperty("code", out var code) ? code.GetString() : null,
            body.TryGetProperty("reference", out var order) ? order.GetString() : null, watch.Elapsed, Again: false);
    }

    // The data set uses these names, which are not in ISO 3166.
    private static string Country(string name) => name switch
    {
        "EIRE" => "IE",
        "Channel Islands" => "JE",
        _ => name,
    };

    private static async Task<(int Mails, int Events)> DeliveredAsync(RunningShop shop, List<Answer> accepted)
    {
        using var partners = new HttpClient { BaseAddress = shop.Partners };
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            var (mails, events) = (await KeysAsync("emails"), await KeysAsync("events"));
            var mailed = accepted.Count(answer => mails.Contains($"order-confirmation/{answer.Order}"));
            var counted = accepted.Count(answer => events.Contains($"order-placed-event/{answer.Order}"));
            if (mailed == accepted.Count && counted == accepted.Count || watch.Elapsed > Patience) return (mailed, counted);
        }

        async Task<HashSet<string>> KeysAsync(string what) =>
            [.. (await partners.GetFromJsonAsync<JsonElement[]>($"/sandbox/{what}"))!
                .Select(accepted => accepted.GetProperty("key").GetString()!)];
    }

    private sealed record Answer(int Status, string? Code, string? Order, TimeSpan Took, bool Again);
}
