using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Storefront.Benchmarks.Checkout;

/// <summary>
/// Orders over HTTP, each with its reservation made inline and its mail and event delivered, against a Node shop of the same flow.
/// Shop, partners, Postgres and the clients share this machine.
/// </summary>
internal sealed class CheckoutBenchmark(Report report, Options options, TextWriter output)
{
    public const string Reference = "fastify + graphile-worker";

    private const int Clients = 16;
    private const int WarmUp = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly Product[] Products = [.. Enumerable.Range(1, 40).Select(number => new Product($"THING-{number}", $"Thing number {number}", 1.25m * number))];

    public async Task RunAsync()
    {
        await using var shop = await RunningShop.StartAsync(output);
        await Assortment.BringInAsync(shop, Products);
        var withoutNode = await Node.PrepareAsync();
        if (withoutNode is not null) await output.WriteLineAsync(withoutNode);
        await using var peer = withoutNode is null ? await PeerShop.StartAsync(shop, Products) : null;

        var systems = new List<(string Name, Uri Url)> { ("ours", shop.Shop) };
        if (peer is not null) systems.Add((Reference, peer.Url));
        foreach (var (_, url) in systems) await SendAsync(url, shop.Partners, WarmUp, Clients);

        foreach (var (latency, orders) in new[] { (0, 4_000), (50, 2_000) })
        {
            await SlowDownAsync(shop.Partners, latency);
            for (var round = 1; round <= options.Rounds; round++)
            {
                foreach (var (name, url) in systems)
                {
                    await output.WriteLineAsync($"round {round}: {name}, {orders:N0} orders of 2 lines, {Clients} clients, partners that take {latency} ms");
                    var benchmark = $"checkout-{latency}ms";
                    var sent = await SendAsync(url, shop.Partners, orders, Clients);
                    report.Add(benchmark, name, "rate", "orders/s", orders / sent.Delivered.TotalSeconds);
                    report.Add(benchmark, name, "taken", "orders/s", orders / sent.Taken.TotalSeconds);
                    report.Add(benchmark, name, "POST p50", "ms", Percentile(sent.Times, 50));
                    report.Add(benchmark, name, "POST p99", "ms", Percentile(sent.Times, 99));
                    var alone = await SendAsync(url, shop.Partners, 200, clients: 1);
                    report.Add(benchmark, name, "POST p50, one client", "ms", Percentile(alone.Times, 50));
                }

                report.Add($"checkout-{latency}ms", "Inventory alone", "POST p50, one client", "ms", Percentile(await ReserveAsync(shop.Partners, 200), 50));
            }
        }
    }

    /// <summary>
    /// The same shop twice, in turns: collecting nothing, and exporting every trace, measurement and line of its log to a collector on this machine.
    /// </summary>
    public async Task CompareTelemetryAsync()
    {
        await using var collector = await Collector.StartAsync();
        await using var off = await RunningShop.StartAsync(output);
        await using var on = await RunningShop.StartAsync(output,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("Telemetry__Prometheus__Url", "http://127.0.0.1:0"));
        (string Name, RunningShop Shop)[] both = [("off", off), ("on", on)];
        foreach (var (_, shop) in both)
        {
            await Assortment.BringInAsync(shop, Products);
            await SendAsync(shop.Shop, shop.Partners, WarmUp * 2, Clients);
        }

        for (var round = 1; round <= options.Rounds * 2; round++)
        {
            foreach (var (name, shop) in round % 2 == 0 ? both : both.Reverse())
            {
                await output.WriteLineAsync($"round {round}: telemetry {name}, 2,000 orders of 2 lines, {Clients} clients");
                var before = shop.Cpu;
                var sent = await SendAsync(shop.Shop, shop.Partners, 2_000, Clients);
                report.Add("telemetry", name, "CPU of the shop", "ms/order", (shop.Cpu - before).TotalMilliseconds / 2_000);
                report.Add("telemetry", name, "rate", "orders/s", 2_000 / sent.Delivered.TotalSeconds);
                report.Add("telemetry", name, "taken", "orders/s", 2_000 / sent.Taken.TotalSeconds);
                report.Add("telemetry", name, "POST p50", "ms", Percentile(sent.Times, 50));
                report.Add("telemetry", name, "POST p99", "ms", Percentile(sent.Times, 99));
            }
        }

        await output.WriteLineAsync($"The collector received {collector.Received:N0} exports, {collector.Bytes / 1e6:N1} MB.");
        if (collector.Received == 0) throw new InvalidOperationException("Nothing was exported, so nothing was compared.");
    }

    /// <summary>Places orders from so many clients at once and waits until the partners have accepted what each of them brings about.</summary>
    private static async Task<Sent> SendAsync(Uri shop, Uri partners, int orders, int clients)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = shop };
        using var control = new HttpClient { BaseAddress = partners };
        var (mailsBefore, eventsBefore) = await AcceptedAsync(control);
        var left = orders;
        var watch = Stopwatch.StartNew();
        var times = await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            var mine = new List<double>();
            for (var number = 0; Interlocked.Decrement(ref left) >= 0; number++)
            {
                var began = Stopwatch.GetTimestamp();
                await Shopper.PlaceAsync(http, Sku(client * 7 + number), Sku(client * 7 + number + 11));
                mine.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            return mine;
        }));
        var taken = watch.Elapsed;
        while (await AcceptedAsync(control) is var (mails, events) && (mails < mailsBefore + orders || events < eventsBefore + orders))
        {
            if (watch.Elapsed > taken + Patience) throw new InvalidOperationException($"Of {orders} orders only {mails - mailsBefore} mails and {events - eventsBefore} events arrived.");
            await Task.Delay(20);
        }

        return new(taken, watch.Elapsed, [.. times.SelectMany(mine => mine).Order()]);
    }

    /// <summary>What the shopper waits for in any case, in ms: the same call, without a shop.</summary>
    private static async Task<List<double>> ReserveAsync(Uri partners, int count)
    {
        using var http = new HttpClient { BaseAddress = partners };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "benchmark");
        var times = new List<double>();
        for (var number = 0; number < count; number++)
        {
            var began = Stopwatch.GetTimestamp();
            using var response = await http.PutAsJsonAsync($"/v1/reservations/{Guid.NewGuid()}", new { lines = new[] { new { sku = Sku(number), quantity = 1 }, new { sku = Sku(number + 11), quantity = 2 } } });
            response.EnsureSuccessStatusCode();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return [.. times.Order()];
    }

    private static async Task SlowDownAsync(Uri partners, int latency)
    {
        using var control = new HttpClient { BaseAddress = partners };
        foreach (var partner in new[] { "inventory", "email", "analytics" })
            (await control.PutAsJsonAsync($"/sandbox/faults/{partner}", new { latencyMs = latency })).EnsureSuccessStatusCode();
    }

    private static async Task<(int Mails, int Events)> AcceptedAsync(HttpClient control)
    {
        var counters = await control.GetFromJsonAsync<JsonElement>("/sandbox/counters");
        return (counters.GetProperty("email").GetProperty("accepted").GetInt32(), counters.GetProperty("analytics").GetProperty("accepted").GetInt32());
    }

    private static string Sku(int number) => Products[number % Products.Length].Sku;

    private static double Percentile(List<double> sorted, int percent) => sorted[Math.Min(sorted.Count - 1, sorted.Count * percent / 100)];

    /// <param name="Taken">Until the last order was answered.</param>
    /// <param name="Delivered">Until the last mail and event were accepted.</param>
    /// <param name="Times">Of each POST, in ms, ascending.</param>
    private sealed record Sent(TimeSpan Taken, TimeSpan Delivered, List<double> Times);
}
