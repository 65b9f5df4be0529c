using System.Diagnostics;
using System.Net.Http.Json;
using Npgsql;
using Storefront.Benchmarks.Backlog;

namespace Storefront.Benchmarks.Outage;

/// <summary>
/// What the shop and its database do while Email is down and 100,000 mails wait, against the same shop with Email well. Shoppers place
/// 10 orders a second all the time.
/// </summary>
internal sealed class OutageBenchmark(Report report, TextWriter output)
{
    public const string Well = "Email is well";

    private const int Waiting = 100_000;
    private const int OrdersASecond = 10;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    private static readonly (string Name, object Fault)[] Outages =
    [
        ("503", new { status = 503 }), ("429", new { status = 429 }), ("429, Retry-After 30", new { status = 429, retryAfterSeconds = 30 }),
        ("no answer", new { hang = true }),
    ];

    public async Task RunAsync()
    {
        await using var shop = await RunningShop.StartAsync(output);
        await Assortment.BringInAsync(shop, [new Product("THING-1", "Thing number 1", 1.25m)]);
        await using var database = NpgsqlDataSource.Create(shop.Database);
        using var stop = new CancellationTokenSource();
        using var shoppers = new Shoppers(shop, OrdersASecond, stop.Token);

        await Task.Delay(Settling);
        var well = await MeasureAsync(shop, database, shoppers);
        Add(Well, well, well);

        await BreakAsync(shop, new { status = 503 });
        await using (var pile = await Pile.BeginAsync(shop)) await pile.GrowAsync(Waiting, failed: 0, "order-confirmation");
        foreach (var (name, fault) in Outages)
        {
            await output.WriteLineAsync($"Email answers: {name}");
            await BreakAsync(shop, fault);
            await Task.Delay(Settling);
            Add(name, await MeasureAsync(shop, database, shoppers), well);
        }

        await HealAsync(shop, database);
        await stop.CancelAsync();
    }

    private void Add(string system, Figures figures, Figures well)
    {
        report.Add("outage", system, "commits above well", "1/s", figures.Commits - well.Commits);
        report.Add("outage", system, "state rows above well", "1/s", figures.States - well.States);
        report.Add("outage", system, "WAL above well", "KB/s", (figures.Wal - well.Wal) / 1e3);
        report.Add("outage", system, "CPU above well", "% core", (figures.Cpu - well.Cpu) * 100);
        report.Add("outage", system, "POST p99", "ms", figures.PostP99);
        report.Add("outage", system, "event delay p99", "ms", figures.EventP99);
        report.Add("outage", system, "calls to Email", "1/s", figures.Calls);
        report.Add("outage", system, "memory", "MB", figures.Memory);
    }

    private async Task HealAsync(RunningShop shop, NpgsqlDataSource database)
    {
        const string Delivered = "select count(*) from orders.deliveries where effect = 'order-confirmation' and state = 'delivered'";
        var before = await AskAsync(database, Delivered);
        var breakLeft = await AskAsync(database,
            "select coalesce(max(extract(epoch from probe_at - now())), 0)::float8 from hangfire.storefront_gate where position <> 'open'");
        using var partners = new HttpClient { BaseAddress = shop.Partners };
        (await partners.DeleteAsync("/sandbox/faults")).EnsureSuccessStatusCode();
        var watch = Stopwatch.StartNew();
        while (await AskAsync(database, Delivered) - before < 2) await Task.Delay(50);
        report.Add("outage", "healed", "first mail after the break", "s", watch.Elapsed.TotalSeconds - Math.Max(0, breakLeft));

        var start = await AskAsync(database, Delivered);
        await Task.Delay(TimeSpan.FromSeconds(10));
        var middle = await AskAsync(database, Delivered);
        await Task.Delay(TimeSpan.FromSeconds(10));
        var end = await AskAsync(database, Delivered);
        report.Add("outage", "healed", "mails in the first 10 s", "1/s", (middle - start) / 10);
        report.Add("outage", "healed", "mails in the next 10 s", "1/s", (end - middle) / 10);
    }

    private static async Task<Figures> MeasureAsync(RunningShop shop, NpgsqlDataSource database, Shoppers shoppers)
    {
        shoppers.Forget();
        var (before, cpuBefore, watch) = (await CountAsync(database), shop.Cpu(), Stopwatch.StartNew());
        await Task.Delay(Length);
        var (after, cpuAfter, seconds) = (await CountAsync(database), shop.Cpu(), watch.Elapsed.TotalSeconds);
        var delay = await AskAsync(database, $"""
            select coalesce(percentile_cont(0.99) within group (
                order by extract(epoch from d.delivered_at - o.placed_at) * 1000), 0)::float8
            from orders.deliveries d join orders.orders o on o.id = d.order_id
            where d.effect = 'order-placed-event' and d.delivered_at > now() - interval '{Length.TotalSeconds} seconds'
            """);
        return new(
            (after[0] - before[0]) / seconds, (after[1] - before[1]) / seconds, (after[2] - before[2]) / seconds,
            (cpuAfter.Shop + cpuAfter.Postgres - cpuBefore.Shop - cpuBefore.Postgres) / seconds, shoppers.P99(), delay,
            (after[3] - before[3]) / seconds, shop.Memory());
    }

    // Commits, rows of state, bytes of WAL, calls to Email.
    private static async Task<double[]> CountAsync(NpgsqlDataSource database) =>
    [
        await AskAsync(database, "select xact_commit::float8 from pg_stat_database where datname = current_database()"),
        await AskAsync(database, "select n_tup_ins::float8 from pg_stat_user_tables where schemaname = 'hangfire' and relname = 'state'"),
        await AskAsync(database, "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8"),
        await AskAsync(database, "select count(*)::float8 from orders.calls where partner = 'Email'"),
    ];

    private static async Task<double> AskAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return Convert.ToDouble(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task BreakAsync(RunningShop shop, object fault)
    {
        using var partners = new HttpClient { BaseAddress = shop.Partners };
        (await partners.PutAsJsonAsync("/sandbox/faults/email", fault)).EnsureSuccessStatusCode();
    }

    private sealed record Figures(
        double Commits, double States, double Wal, double Cpu, double PostP99, double EventP99, double Calls, double Memory);

    /// <summary>Places orders at a steady rate, each when it is due and whether or not the one before it was answered.</summary>
    private sealed class Shoppers : IDisposable
    {
        private readonly HttpClient http;
        private readonly List<double> times = [];

        public Shoppers(RunningShop shop, int perSecond, CancellationToken stop)
        {
            http = new HttpClient { BaseAddress = shop.Shop };
            _ = PlaceAllAsync(TimeSpan.FromSeconds(1.0 / perSecond), stop);
        }

        public void Forget()
        {
            lock (times) times.Clear();
        }

        public double P99()
        {
            lock (times) return times.Order().ElementAt((int)(times.Count * 0.99));
        }

        public void Dispose() => http.Dispose();

        private async Task PlaceAllAsync(TimeSpan every, CancellationToken stop)
        {
            using var timer = new PeriodicTimer(every);
            while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None)) _ = PlaceAsync();
        }

        private async Task PlaceAsync()
        {
            var watch = Stopwatch.StartNew();
            await Shopper.PlaceAsync(http, "THING-1");
            lock (times) times.Add(watch.Elapsed.TotalMilliseconds);
        }
    }
}
