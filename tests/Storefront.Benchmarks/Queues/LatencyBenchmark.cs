namespace Storefront.Benchmarks.Queues;

/// <summary>
/// How long a job waits for nothing but the queue: from its commit to its start, one job at a time, in the process that added it.
/// </summary>
internal sealed class LatencyBenchmark(BenchmarkServer server, Report report, Options options, TextWriter output)
{
    private const int Samples = 400;

    public async Task RunAsync()
    {
        var systems = await QueueSystems.PrepareAsync(options, output);
        for (var round = 1; round <= options.Rounds; round++)
            foreach (var system in systems.Where(system => system.IsIn("latency")))
            {
                await output.WriteLineAsync($"round {round}: {system.Name}, {Samples} jobs, one at a time");
                var database = await server.FreshAsync("bench_latency");
                await system.InstallAsync(database);
                var latency = await Child.AskAsync<Latency>(system.Latencies(database, Samples));
                report.Add("latency", system.Name, "p50", "ms", latency.P50);
                report.Add("latency", system.Name, "p99", "ms", latency.P99);
            }
    }
}
