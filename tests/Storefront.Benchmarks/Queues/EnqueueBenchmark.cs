using System.Diagnostics;
using System.Reflection;
using System.Transactions;
using Hangfire;
using Hangfire.Common;
using Npgsql;
using Storefront.Jobs.Queue;

namespace Storefront.Benchmarks.Queues;

/// <summary>An order and its two jobs in one transaction, against the order alone and against what the others offer for the same.</summary>
internal sealed class EnqueueBenchmark(BenchmarkServer server, Report report, Options options, TextWriter output)
{
    public const string Reference = "graphile-worker add_job ×2";
    public const string Alone = "the order alone";

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(3);
    private static readonly MethodInfo For = typeof(Work).GetMethod(nameof(Work.For))!;

    public async Task RunAsync()
    {
        var withoutNode = await Node.PrepareAsync();
        if (withoutNode is not null) await output.WriteLineAsync(withoutNode);

        var database = await server.FreshAsync("bench_enqueue");
        await using var hangfire = new HangfireJobs(database, JobStorageKind.Fast);
        await hangfire.InstallAsync();
        await hangfire.Database.CreateCommand("create table orders (id uuid primary key, body text)").ExecuteNonQueryAsync();
        if (withoutNode is null) await new NodeSystem(Goal.Graphile, "graphile.mjs", NodeSystem.AsItComes, 1).InstallAsync(database);

        var stock = new BackgroundJobClient(HangfireJobs.Stock(hangfire.Database));
        var systems = new Dictionary<string, Func<Guid, Task>>
        {
            [Alone] = id => RunBatchAsync(hangfire.Database, [Order(id)]),
            [Goal.Ours] = id => OursAsync(hangfire, id),
            [Reference] = id => RunBatchAsync(hangfire.Database, [Order(id), AddJob(id), AddJob(id)]),
            [Goal.Stock] = id => StockAsync(hangfire.Database, stock, id),
        };
        if (withoutNode is not null) systems.Remove(Reference);

        foreach (var clients in new[] { 1, 8 })
        {
            for (var round = 1; round <= options.Rounds; round++)
            {
                foreach (var (system, place) in systems)
                {
                    await output.WriteLineAsync($"round {round}: {system}, {clients} client{(clients > 1 ? "s" : "")}");
                    await MeasureAsync($"enqueue-{clients}", system, clients, place);
                }
            }
        }
    }

    private async Task MeasureAsync(string benchmark, string system, int clients, Func<Guid, Task> place)
    {
        for (var warm = 0; warm < 100; warm++) await place(Guid.NewGuid());
        var watch = Stopwatch.StartNew();
        var times = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            var mine = new List<double>();
            while (watch.Elapsed < Length)
            {
                var began = Stopwatch.GetTimestamp();
                await place(Guid.NewGuid());
                mine.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            return mine;
        })));
        var all = times.SelectMany(mine => mine).Order().ToList();
        report.Add(benchmark, system, "rate", "orders/s", all.Count / watch.Elapsed.TotalSeconds);
        report.Add(benchmark, system, "p50", "ms", all[all.Count / 2]);
        report.Add(benchmark, system, "p99", "ms", all[all.Count * 99 / 100]);
    }

    private static async Task OursAsync(HangfireJobs hangfire, Guid id)
    {
        await using var batch = hangfire.Database.CreateBatch();
        batch.BatchCommands.Add(Order(id));
        var job = new NewJob(new Job(typeof(Work), For, id), "default"); // The shop makes jobs in this way.
        await hangfire.Transactional.EnqueueInAsync(batch, [job, job], CancellationToken.None);
        await batch.ExecuteNonQueryAsync();
    }

    private static async Task StockAsync(NpgsqlDataSource database, BackgroundJobClient client, Guid id)
    {
        using var scope = new TransactionScope(
            TransactionScopeOption.RequiresNew, new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted },
            TransactionScopeAsyncFlowOption.Enabled);
        await using (var insert = database.CreateCommand("insert into orders values ($1, $2)"))
        {
            insert.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = id }, new() { Value = "an order" } });
            await insert.ExecuteNonQueryAsync();
        }

        client.Enqueue<Work>(work => work.For(id));
        client.Enqueue<Work>(work => work.For(id));
        scope.Complete();
    }

    private static NpgsqlBatchCommand Order(Guid id) =>
        new("insert into orders values ($1, $2)") { Parameters = { new() { Value = id }, new() { Value = "an order" } } };

    private static NpgsqlBatchCommand AddJob(Guid id) =>
        new("select graphile_worker.add_job('noop', $1::json)") { Parameters = { new() { Value = $"{{\"order\":\"{id}\"}}" } } };

    private static async Task RunBatchAsync(NpgsqlDataSource database, NpgsqlBatchCommand[] commands)
    {
        await using var batch = database.CreateBatch();
        foreach (var command in commands) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync();
    }
}
