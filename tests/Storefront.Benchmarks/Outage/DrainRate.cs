using System.Diagnostics;

namespace Storefront.Benchmarks.Outage;

/// <summary>How many mails a second Email accepts, while there are more than enough.</summary>
internal static class DrainRate
{
    public const string First = "mails in the first 10 s", Next = "mails in the next 10 s", Third = "mails in the 10 s after";

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    public static async Task MeasureAsync(Report report, string system, OutageEmail email)
    {
        foreach (var span in new[] { First, Next, Third })
        {
            var (before, watch) = (await email.AcceptedAsync(), Stopwatch.StartNew());
            await Task.Delay(Span);
            var after = await email.AcceptedAsync();
            report.Add("outage", system, span, "1/s", (after - before) / watch.Elapsed.TotalSeconds);
        }
    }
}
