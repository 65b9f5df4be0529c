using System.Globalization;

namespace Storefront.Benchmarks;

/// <summary>What the shop is to reach, each with what it is held against.</summary>
/// <param name="Bound">Of the figure itself, or of its ratio to another one.</param>
/// <param name="Least">Whether the bound is the least that will do, or the most.</param>
/// <param name="Than">The system whose figure ours is divided by; null: none.</param>
/// <param name="ThanIn">The benchmark that figure is taken from, where it is another one.</param>
internal sealed record Goal(
    string What, string Benchmark, string Metric, double Bound, bool Least, string? Than = null, string? ThanIn = null)
{
    public const string Ours = "ours", Stock = "stock Hangfire.PostgreSql", Graphile = "graphile-worker", Boss = "pg-boss",
        GraphileBatched = "graphile-worker, batched", BossLargest = "pg-boss, largest batch";

    public static readonly Goal[] All =
    [
        new("no-op jobs/s, 20 at once", "jobs-noop", "rate", 2.0, Least: true, Graphile),
        new("the same", "jobs-noop", "rate", 0.6, Least: true, GraphileBatched),
        new("the same", "jobs-noop", "rate", 12, Least: true, Stock),
        new("20 ms jobs/s, 200 at once", "jobs-partner", "rate", 1.0, Least: true, Graphile),
        new("order + 2 jobs in one transaction, 1 client, orders/s", "enqueue-1", "rate", 4, Least: true,
            Queues.EnqueueBenchmark.Reference),
        new("the same, 8 clients", "enqueue-8", "rate", 4, Least: true, Queues.EnqueueBenchmark.Reference),
        new("its p50, 1 client, in ms, against the order alone", "enqueue-1", "p50", 1.5, Least: false, Queues.EnqueueBenchmark.Alone),
        new("commit → job starts, p50 in ms", "latency", "p50", 3, Least: false),
        new("commit → job starts, p99 in ms", "latency", "p99", 15, Least: false),
        new("commits a job", "jobs-noop", "commits", 1, Least: false),
        new("statements a job", "jobs-noop", "statements", 4, Least: false),
        new("connections for 200 workers", "jobs-partner", "connections", 10, Least: false),
        new("orders/s over HTTP, all delivered", "checkout-0ms", "rate", 400, Least: true),
        new("the same", "checkout-0ms", "rate", 3, Least: true, Checkout.CheckoutBenchmark.Reference),
        new("its POST p99 at 16 clients, in ms", "checkout-0ms", "POST p99", 100, Least: false),
        new("jobs/s with 1,000,000 waiting against an empty queue", "backlog-1000000", "rate", 0.9, Least: true, Ours, "backlog-0"),
        new("slowest admin or dashboard page with 1,000,000 jobs and 100,000 failed, in ms", "backlog-pages-1000000", "slowest page", 300,
            Least: false),
        new("p99 of the home page while 200 forms arrive slowly, in ms", "slow-forms", "p99", 2, Least: false, Pages.PagesBenchmark.Quiet),
        new("commits/s while Email is down and 100,000 mails wait, above Email well", "outage", "commits above well", 2, Least: false),
        new("rows of state/s then, above Email well", "outage", "state rows above well", 1, Least: false),
        new("WAL then, in KB/s, above Email well", "outage", "WAL above well", 50, Least: false),
        new("CPU then, in % of a core, above Email well", "outage", "CPU above well", 3, Least: false),
        new("POST p99 then, in ms", "outage", "POST p99", 1.2, Least: false, Outage.OutageBenchmark.Well),
        new("event delay p99 then, in ms", "outage", "event delay p99", 1.2, Least: false, Outage.OutageBenchmark.Well),
        new("calls to Email then, a second", "outage", "calls to Email", 1, Least: false),
        new("memory of the shop then, in MB", "outage", "memory", 1.1, Least: false, Outage.OutageBenchmark.Well),
        new("Email is back: first mail after the end of the break, in s", "outage", "first mail after the break", 2, Least: false),
        new("first mail after staff press \"Try now\", in s", "outage", "first mail after Try now", 2, Least: false),
        new("mails/s in the first minute", "outage", Outage.DrainRate.Figure, 0.9, Least: true, Outage.OutageBenchmark.Healthy),
    ];

    /// <summary>As a table in Markdown.</summary>
    public static void Print(Report report, TextWriter output)
    {
        output.WriteLine(
            $"| what | goal | ours | {Stock} | {Graphile} | {GraphileBatched} | {Boss} | {BossLargest} | ours against it | reached |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var goal in All.Where(goal => report.Median(goal.Benchmark, Ours, goal.Metric) is not null))
            output.WriteLine(goal.Line(report));
    }

    private string Line(Report report)
    {
        var ours = report.Median(Benchmark, Ours, Metric)!.Value;
        var against = Than is null ? 1 : report.Median(ThanIn ?? Benchmark, Than, Metric);
        var figure = ours / against;
        var reached = figure is null ? "" : (Least ? figure >= Bound : figure <= Bound) ? "yes" : "no";
        var goal = $"{(Least ? "≥" : "≤")} {Text(Bound)}{(Than is null ? "" : $"× {(ThanIn is null ? Than : "")}".TrimEnd())}";
        string Cell(params string[] systems) =>
            Text(systems.Select(system => report.Median(Benchmark, system, Metric)).FirstOrDefault(value => value is not null));
        return $"| {What} | {goal} | {Text(ours)} | {Cell(Stock)} | "
            + $"{Cell(Graphile, Queues.EnqueueBenchmark.Reference, Checkout.CheckoutBenchmark.Reference)} | {Cell(GraphileBatched)} "
            + $"| {Cell(Boss)} | {Cell(BossLargest)} | {(Than is null ? "" : Text(figure) + "×")} | {reached} |";
    }

    private static string Text(double? value) =>
        value is null ? "" : value.Value.ToString(value >= 100 ? "N0" : value < 0.1 ? "0.####" : "0.##", CultureInfo.InvariantCulture);
}
