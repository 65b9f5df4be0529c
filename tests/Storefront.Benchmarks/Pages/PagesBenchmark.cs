using System.Diagnostics;

namespace Storefront.Benchmarks.Pages;

/// <summary>How fast the pages come that a shopper sees before the order, and what they weigh.</summary>
internal sealed class PagesBenchmark(Report report, Options options, TextWriter output)
{
    /// <summary>The shop to which nobody sends slow forms.</summary>
    public const string Quiet = "without slow forms";

    private const int Clients = 16;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    public async Task RunAsync()
    {
        await using var shop = await RunningShop.StartAsync(output);
        await Assortment.BringInAsync(shop,
            [.. Enumerable.Range(1, 200).Select(number => new Product($"THING-{number}", $"Thing number {number}", 1.25m * number))]);

        // A browser asks for compressed pages, and the size on the wire is measured.
        using var http =
            new HttpClient(
                new SocketsHttpHandler { UseCookies = false,
                    AutomaticDecompression = System.Net.DecompressionMethods.None }) { BaseAddress = shop.Shop };
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br, gzip");
        string order;
        using (var shopper = new HttpClient { BaseAddress = shop.Shop }) (order, _) = await Shopper.PlaceAsync(shopper, "THING-7");
        string[] pages = ["/", "/?q=thing", "/products/THING-7", "/cart", $"/orders/{order}", "/api/v1/products"];
        for (var round = 0; round <= options.Rounds; round++)
        {
            foreach (var page in pages)
            {
                var name = page.Contains(order, StringComparison.Ordinal) ? "/orders/{id}" : page;
                await output.WriteLineAsync(round == 0 ? $"warming up: {name}" : $"round {round}: {name}, {Clients} clients");
                var (times, bytes, took) = await GetAsync(http, page);
                if (round == 0) continue;
                report.Add("pages", name, "rate", "pages/s", times.Count / took.TotalSeconds);
                report.Add("pages", name, "p50", "ms", times[times.Count / 2]);
                report.Add("pages", name, "p99", "ms", times[times.Count * 99 / 100]);
                report.Add("pages", name, "on the wire", "KB", bytes / 1024.0);
            }
        }

        for (var round = 1; round <= options.Rounds; round++)
        {
            await output.WriteLineAsync($"round {round}: / without, and then with {SlowForms.Clients} slow forms, {Clients} clients");
            await BesideFormsAsync(Quiet);
            await using var forms = await SlowForms.BeginAsync(shop.Shop);
            await BesideFormsAsync(Goal.Ours);
        }

        async Task BesideFormsAsync(string system)
        {
            var (times, _, _) = await GetAsync(http, "/");
            report.Add("slow-forms", system, "p99", "ms", times[times.Count * 99 / 100]);
        }
    }

    private static async Task<(List<double> Times, int Bytes, TimeSpan Took)> GetAsync(HttpClient http, string page)
    {
        var bytes = 0;
        var watch = Stopwatch.StartNew();
        var times = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            var mine = new List<double>();
            while (watch.Elapsed < Length)
            {
                var began = Stopwatch.GetTimestamp();
                bytes = (await http.GetByteArrayAsync(page)).Length;
                mine.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            return mine;
        }));
        return ([.. times.SelectMany(mine => mine).Order()], bytes, watch.Elapsed);
    }
}
