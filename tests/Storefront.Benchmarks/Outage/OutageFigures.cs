using System.Diagnostics;
using System.Globalization;

namespace Storefront.Benchmarks.Outage;

/// <summary>What the shop and its database do for a minute.</summary>
/// <param name="Commits">A second, as are rows of state, bytes of WAL, and calls to Email.</param>
/// <param name="Cpu">Of the shop and of Postgres, in cores.</param>
/// <param name="PostP99">Of an order's answer, in ms.</param>
/// <param name="EventP99">From an order's placing to the delivery of its event, in ms.</param>
/// <param name="Memory">Of the shop, resident, in megabytes.</param>
internal sealed record OutageFigures(
    double Commits, double States, double Wal, double Cpu, double PostP99, double EventP99, double Calls, double Memory)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    public static async Task<OutageFigures> MeasureAsync(RunningShop shop, OutageDatabase database, Shoppers shoppers)
    {
        shoppers.Forget();
        var (before, cpuBefore, watch) = (await database.CountAsync(), shop.Cpu(), Stopwatch.StartNew());
        await Task.Delay(Length);
        var (after, cpuAfter, seconds) = (await database.CountAsync(), shop.Cpu(), watch.Elapsed.TotalSeconds);
        return new(
            (after.Commits - before.Commits) / seconds, (after.States - before.States) / seconds, (after.Wal - before.Wal) / seconds,
            (cpuAfter.Shop + cpuAfter.Postgres - cpuBefore.Shop - cpuBefore.Postgres) / seconds,
            shoppers.P99(), await database.EventP99Async(Length), (after.Calls - before.Calls) / seconds, shop.Memory());
    }

    /// <summary>The highest of each.</summary>
    public static OutageFigures Worst(IReadOnlyCollection<OutageFigures> all) => new(
        all.Max(one => one.Commits), all.Max(one => one.States), all.Max(one => one.Wal), all.Max(one => one.Cpu),
        all.Max(one => one.PostP99), all.Max(one => one.EventP99), all.Max(one => one.Calls), all.Max(one => one.Memory));

    /// <summary>The mean of what adds up over minutes, and the slowest of the answers.</summary>
    public static OutageFigures Usual(IReadOnlyCollection<OutageFigures> all) => Worst(all) with
    {
        Commits = all.Average(one => one.Commits), States = all.Average(one => one.States), Wal = all.Average(one => one.Wal),
        Cpu = all.Average(one => one.Cpu), Calls = all.Average(one => one.Calls),
    };

    public void Add(Report report, string system, OutageFigures well)
    {
        report.Add("outage", system, "commits above well", "1/s", Commits - well.Commits);
        report.Add("outage", system, "state rows above well", "1/s", States - well.States);
        report.Add("outage", system, "WAL above well", "KB/s", (Wal - well.Wal) / 1e3);
        report.Add("outage", system, "CPU above well", "% core", (Cpu - well.Cpu) * 100);
        report.Add("outage", system, "POST p99", "ms", PostP99);
        report.Add("outage", system, "event delay p99", "ms", EventP99);
        report.Add("outage", system, "calls to Email", "1/s", Calls);
        report.Add("outage", system, "memory", "MB", Memory);
    }

    /// <summary>As a row of a table in Markdown.</summary>
    public string Row(string system, OutageFigures well)
    {
        string Above(double figure, double normal) => $"{(figure > normal ? "+" : "")}{Text(figure - normal)}";
        return $"| {system} | {Above(Commits, well.Commits)} | {Above(States, well.States)} | {Above(Wal / 1e3, well.Wal / 1e3)} "
            + $"| {Above(Cpu * 100, well.Cpu * 100)} | {Text(PostP99)} | {Text(EventP99)} | {Text(Calls)} | {Text(Memory)} |";
    }

    public const string Head = """
        | Email | commits/s | rows of state/s | WAL, KB/s | CPU, % of a core | POST p99, ms | event delay p99, ms | calls/s | memory, MB |
        |---|---|---|---|---|---|---|---|---|
        """;

    private static string Text(double value) =>
        value.ToString(Math.Abs(value) >= 20 ? "N0" : "0.##", CultureInfo.InvariantCulture).Replace('-', '−');
}
