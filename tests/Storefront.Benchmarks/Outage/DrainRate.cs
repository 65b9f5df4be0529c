using System.Diagnostics;

namespace Storefront.Benchmarks.Outage;

/// <summary>
/// How many mails a second Email accepts, while there are more than enough. Over a minute, in which Postgres looks once whether a table has
/// to be vacuumed: within a shorter time, it may do so in one measurement and not in another.
/// </summary>
internal static class DrainRate
{
    public const string Figure = "mails in the first minute";

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(60);

    public static async Task MeasureAsync(Report report, string system, OutageEmail email)
    {
        var (before, watch) = (await email.AcceptedAsync(), Stopwatch.StartNew());
        await Task.Delay(Span);
        var after = await email.AcceptedAsync();
        report.Add("outage", system, Figure, "1/s", (after - before) / watch.Elapsed.TotalSeconds);
    }
}
