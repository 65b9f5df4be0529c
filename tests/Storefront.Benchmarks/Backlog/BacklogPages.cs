using System.Diagnostics;

namespace Storefront.Benchmarks.Backlog;

/// <summary>
/// Every page of the back office and of Hangfire's dashboard while jobs pile up: a shop that works no job, on a database where orders wait
/// for their mails and events.
/// </summary>
internal sealed class BacklogPages(Report report, TextWriter output)
{
    private static readonly (int Waiting, int Failed)[] Depths = [(0, 0), (100_000, 0), (1_000_000, 100_000)];

    private static readonly string[] Dashboard =
    [
        "/admin/jobs", "/admin/jobs/jobs/enqueued", "/admin/jobs/jobs/enqueued/email",
        "/admin/jobs/jobs/enqueued/email?from=100000&count=100",
        "/admin/jobs/jobs/enqueued/fetched/email", "/admin/jobs/jobs/scheduled", "/admin/jobs/jobs/processing",
        "/admin/jobs/jobs/succeeded", "/admin/jobs/jobs/failed",
        "/admin/jobs/jobs/failed?from=99000&count=100", "/admin/jobs/jobs/deleted", "/admin/jobs/jobs/awaiting",
        "/admin/jobs/jobs/details/{job}", "/admin/jobs/retries",
        "/admin/jobs/recurring", "/admin/jobs/servers",
    ];

    private static readonly string[] BackOffice =
    [
        "/admin", "/admin/orders", "/admin/orders?status=placed", "/admin/orders?q=customer-7%40example.com", "/admin/orders?q=THING-1",
        "/admin/orders?from=2020-01-01",
        "/admin/orders/{order}", "/admin/failures", "/admin/failures?effect=order-confirmation", "/admin/failures/confirm?action=retry",
        "/admin/reconciliation",
        "/admin/partners", "/admin/schedule", "/admin/audit",
    ];

    public async Task RunAsync()
    {
        await using var shop = await RunningShop.StartAsync(output, [("Jobs__Workers", "0"), .. Staff.Settings]);
        await Assortment.BringInAsync(shop, [new("THING-1", "Thing number 1", 1.25m)]);
        await using var pile = await Pile.BeginAsync(shop);
        using var staff = await Staff.SignInAsync(shop.Shop);

        foreach (var (waiting, failed) in Depths)
        {
            await output.WriteLineAsync($"filling a shop with {waiting:N0} waiting and {failed:N0} failed jobs");
            await pile.GrowAsync(waiting, failed);
            var benchmark = $"backlog-pages-{waiting}";
            foreach (var page in BackOffice.Concat(Dashboard)) await MeasureAsync(page);
            report.Add(benchmark, Goal.Ours, "slowest page", "ms",
                BackOffice.Concat(Dashboard).Max(page => report.Median(benchmark, Goal.Ours, page) ?? 0));

            async Task MeasureAsync(string page)
            {
                var address = page.Replace("{order}", pile.Order).Replace("{job}", pile.Job);
                if (await GetAsync(staff.Http, address) is { Sorry: { } sorry } first)
                {
                    await output.WriteLineAsync($"{page} came to nothing after {first.Milliseconds:N0} ms: {sorry}");
                    report.Add(benchmark, Goal.Ours, page, "ms", first.Milliseconds);
                    return;
                }

                for (var (n, watch) = (0, Stopwatch.StartNew()); n < 7 && watch.Elapsed < TimeSpan.FromSeconds(3); n++)
                    report.Add(benchmark, Goal.Ours, page, "ms", (await GetAsync(staff.Http, address)).Milliseconds);
            }
        }
    }

    private static async Task<(double Milliseconds, string? Sorry)> GetAsync(HttpClient http, string page)
    {
        var began = Stopwatch.GetTimestamp();
        string? sorry = null;
        try
        {
            using var response = await http.GetAsync(page);
            await response.Content.LoadIntoBufferAsync();
            if ((int)response.StatusCode != 200) sorry = response.StatusCode.ToString();
        }
        catch (TaskCanceledException)
        {
            sorry = "it was not waited for any longer";
        }

        return (Stopwatch.GetElapsedTime(began).TotalMilliseconds, sorry);
    }
}
