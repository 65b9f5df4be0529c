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

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LengthAlone = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly Product[] Products =
        [.. Enumerable.Range(1, 40).Select(number => new Product($"THING-{number}", $"Thing number {number}", 1.25m * number))];

    public async Task RunAsync()
    {
        await using var shop = await RunningShop.StartAsync(output);
        await Assortment.BringInAsync(shop, Products);
        var withoutNode = await Node.PrepareAsync();
        if (withoutNode is not null) await output.WriteLineAsync(withoutNode);
        await using var peer = withoutNode is null ? await PeerShop.StartAsync(shop, Products) : null;

        var systems = new List<(string Name, Uri Url)> { (Goal.Ours, shop.Shop) };
        if (peer is not null) systems.Add((Reference, peer.Url));
        foreach (var (_, url) in systems) await SendAsync(url, shop.Partners, WarmUp, Clients);

        foreach (var latency in new[] { 0, 50 })
        {
            await SlowDownAsync(shop.Partners, latency);
            for (var round = 1; round <= options.Rounds; round++)
            {
                var inventory = Percentile(await ReserveAsync(shop.Partners), 50);
                report.Add($"checkout-{latency}ms", "Inventory alone", "PUT p50, one client", "ms", inventory);
                foreach (var (name, url) in systems)
                {
                    await output.WriteLineAsync(
                        $"round {round}: {name}, orders of 2 lines, {Clients} clients, partners that take {latency} ms");
                    var benchmark = $"checkout-{latency}ms";
                    var (before, peerBefore) = (shop.Cpu(), peer?.CpuSeconds ?? 0);
                    var sent = await SendAsync(url, shop.Partners, Length, Clients);
                    var (after, peerAfter) = (shop.Cpu(), peer?.CpuSeconds ?? 0);
                    report.Add(benchmark, name, "rate", "orders/s", sent.Times.Count / sent.Delivered.TotalSeconds);
                    report.Add(benchmark, name, "taken", "orders/s", sent.Times.Count / sent.Taken.TotalSeconds);
                    report.Add(benchmark, name, "POST p50", "ms", Percentile(sent.Times, 50));
                    report.Add(benchmark, name, "POST p99", "ms", Percentile(sent.Times, 99));
                    var cpu = name == Goal.Ours ? after.Shop - before.Shop : peerAfter - peerBefore;
                    report.Add(benchmark, name, "CPU of the shop", "ms/order", cpu / sent.Times.Count * 1e3);
                    report.Add(benchmark, name, "CPU of Postgres", "ms/order", (after.Postgres - before.Postgres) / sent.Times.Count * 1e3);
                    report.Add(benchmark, name, "CPU of the partners", "ms/order",
                        (after.Partners - before.Partners) / sent.Times.Count * 1e3);
                    var alone = await SendAsync(url, shop.Partners, LengthAlone, clients: 1);
                    report.Add(benchmark, name, "POST p50, one client", "ms", Percentile(alone.Times, 50));
                    report.Add(benchmark, name, "of it not Inventory's", "ms", Percentile(alone.Times, 50) - inventory);
                }
            }
        }
    }

    /// <summary>
    /// The same shop twice, in turns: collecting nothing, and exporting every trace, measurement and line of its log to a collector on this
    /// machine.
    /// </summary>
    public async Task CompareTelemetryAsync()
    {
        await using var collector = await Collector.StartAsync();
        await using var off = await RunningShop.StartAsync(output);
        await using var on = await RunningShop.StartAsync(output,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("Telemetry__Prometheus__Url", "http://127.0.0.1:0"));
        (string Name, RunningShop Shop)[] both = [("off", off), ("on", on)];
        foreach (var (_, shop) in both)
        {
            await Assortment.BringInAsync(shop, Products);
            await SendAsync(shop.Shop, shop.Partners, WarmUp, Clients);
        }

        for (var round = 1; round <= options.Rounds * 2; round++)
        {
            foreach (var (name, shop) in round % 2 == 0 ? both : both.Reverse())
            {
                await output.WriteLineAsync($"round {round}: telemetry {name}, orders of 2 lines, {Clients} clients");
                var before = shop.Cpu().Shop;
                var sent = await SendAsync(shop.Shop, shop.Partners, Length, Clients);
                report.Add("telemetry", name, "CPU of the shop", "ms/order", (shop.Cpu().Shop - before) / sent.Times.Count * 1e3);
                report.Add("telemetry", name, "rate", "orders/s", sent.Times.Count / sent.Delivered.TotalSeconds);
                report.Add("telemetry", name, "taken", "orders/s", sent.Times.Count / sent.Taken.TotalSeconds);
                report.Add("telemetry", name, "POST p50", "ms", Percentile(sent.Times, 50));
                report.Add("telemetry", name, "POST p99", "ms", Percentile(sent.Times, 99));
            }
        }

        await output.WriteLineAsync($"The collector received {collector.Received:N0} exports, {collector.Bytes / 1e6:N1} MB.");
        if (collector.Received == 0) throw new InvalidOperationException("Nothing was exported, so nothing was compared.");
    }

    /// <summary>
    /// Places orders from so many clients at once for so long, and waits until the partners have accepted what each of them brings about.
    /// </summary>
    private static async Task<Sent> SendAsync(Uri shop, Uri partners, TimeSpan length, int clients)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = shop };
        using var control = new HttpClient { BaseAddress = partners };
        var (mailsBefore, eventsBefore) = await AcceptedAsync(control);
        var watch = Stopwatch.StartNew();
        var times = await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            var mine = new List<double>();
            for (var number = 0; watch.Elapsed < length; number++)
            {
                var began = Stopwatch.GetTimestamp();
                await Shopper.PlaceAsync(http, Sku(client * 7 + number), Sku(client * 7 + number + 11));
                mine.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            return mine;
        }));
        var (taken, orders) = (watch.Elapsed, times.Sum(mine => mine.Count));
        while (await AcceptedAsync(control) is var (mails, events) && (mails < mailsBefore + orders || events < eventsBefore + orders))
        {
            if (watch.Elapsed > taken + Patience)
                throw new InvalidOperationException(
                    $"Of {orders} orders only {mails - mailsBefore} mails and {events - eventsBefore} events arrived.");
            await Task.Delay(20);
        }

        return new(taken, watch.Elapsed, [.. times.SelectMany(mine => mine).Order()]);
    }

    /// <summary>What the shopper waits for in any case, in ms: the same call, without a shop.</summary>
    private static async Task<List<double>> ReserveAsync(Uri partners)
    {
        using var http = new HttpClient { BaseAddress = partners };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "benchmark");
        var times = new List<double>();
        for (var (number, watch) = (0, Stopwatch.StartNew()); watch.Elapsed < LengthAlone; number++)
        {
            var began = Stopwatch.GetTimestamp();
            using var response = await http.PutAsJsonAsync($"/v1/reservations/{Guid.NewGuid()}",
                new { lines = new[] { new { sku = Sku(number), quantity = 1 }, new { sku = Sku(number + 11), quantity = 2 } } });
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
        return (counters.GetProperty("email").GetProperty("accepted").GetInt32(),
            counters.GetProperty("analytics").GetProperty("accepted").GetInt32());
    }

    private static string Sku(int number) => Products[number % Products.Length].Sku;

    private static double Percentile(List<double> sorted, int percent) => sorted[Math.Min(sorted.Count - 1, sorted.Count * percent / 100)];

    /// <param name="Taken">Until the last order was answered.</param>
    /// <param name="Delivered">Until the last mail and event were accepted.</param>
    /// <param name="Times">Of each POST, in ms, ascending.</param>
    private sealed record Sent(TimeSpan Taken, TimeSpan Delivered, List<double> Times);
}
