using Storefront.Benchmarks.Queues;

namespace Storefront.Benchmarks.Backlog;

/// <summary>
/// The same jobs with nothing else in the queue and with up to a million behind them. A system's queues are filled once, and worked at in
/// turn; the others', for comparison, once only.
/// </summary>
internal sealed class BacklogBenchmark(BenchmarkServer server, Report report, Options options, TextWriter output)
{
    private const int Jobs = 15_000;
    private const int Concurrency = 20;

    private static readonly int[] Depths = [0, 100_000, 1_000_000];

    public async Task RunAsync()
    {
        foreach (var system in (await QueueSystems.PrepareAsync(options, output)).Where(system => system.IsIn("backlog")))
        {
            foreach (var waiting in Depths)
            {
                await output.WriteLineAsync($"{system.Name}: filling a queue with {waiting:N0} jobs");
                var database = await server.FreshAsync(Name(waiting));
                await system.InstallAsync(database);
                if (waiting > 0) await system.FillAsync(database, "noop", waiting);
            }

            for (var round = 1; round <= (system.Name == Goal.Ours ? options.Rounds : 1); round++)
                foreach (var waiting in Depths)
                {
                    var load = new Load("noop", JobsOf(system, waiting), Concurrency);
                    await output.WriteLineAsync($"round {round}: {system.Name}, {load.Jobs:N0} jobs with {waiting:N0} more waiting");
                    var database = server.Existing(Name(waiting));
                    await system.FillAsync(database, load.Task, load.Warm + load.Jobs);
                    await new JobsBenchmark(server, report, options, output).WorkAsync($"backlog-{waiting}", system, load, database);
                }
        }
    }

    // With a million waiting, pg-boss does about ten a second.
    private static int JobsOf(IQueueSystem system, int waiting) =>
        (int)(Jobs * system.Share) / (system.Name == Goal.Boss && waiting == Depths[^1] ? 10 : 1);

    private static string Name(int waiting) => $"bench_backlog_{waiting}";
}
