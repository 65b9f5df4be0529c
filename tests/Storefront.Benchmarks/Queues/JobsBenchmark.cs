namespace Storefront.Benchmarks.Queues;

/// <summary>How fast waiting jobs are worked off: each system alone, in turn, several rounds. What it does before it is warm does not count.</summary>
internal sealed class JobsBenchmark(BenchmarkServer server, Report report, Options options, TextWriter output)
{
    /// <summary>Jobs that do nothing, and jobs that wait 20 ms for a partner, for which one takes more workers.</summary>
    private static readonly (string Task, int Jobs, int Concurrency)[] Loads = [("noop", 60_000, 20), ("partner", 10_000, 200)];

    public async Task RunAsync(string[] tasks)
    {
        var systems = await QueueSystems.PrepareAsync(options, output);
        for (var round = 1; round <= options.Rounds; round++)
            foreach (var (task, jobs, concurrency) in Loads.Where(load => tasks.Length == 0 || tasks.Contains(load.Task)))
                foreach (var system in systems)
                {
                    var counted = (int)(jobs * system.Share);
                    await output.WriteLineAsync($"round {round}: {system.Name}, {counted:N0} {task} jobs, {concurrency} at once");
                    await MeasureAsync(system, task, counted, concurrency);
                }
    }

    public async Task MeasureAsync(IQueueSystem system, string task, int jobs, int concurrency, int waiting = 0)
    {
        const string name = "bench_jobs";
        var warm = jobs;
        var database = await server.FreshAsync(name);
        await system.InstallAsync(database);
        await system.FillAsync(database, task, warm + jobs + waiting);
        await server.SettleAsync(name);

        var before = ServerCpu.None;
        var statistics = Task.CompletedTask;
        var running = Child.AskAsync<Worked>(system.Work(database, task, warm + jobs, warm, concurrency), () =>
        {
            before = server.Cpu();
            statistics = server.ResetAsync(name);
        });
        var connections = await server.MostConnectionsAsync(name, running);
        var worked = await running;
        var cpu = server.Cpu() - before;
        await statistics;
        var (commits, statements) = await server.CountAsync(name);

        var benchmark = waiting == 0 ? $"jobs-{task}" : $"backlog-{waiting}";
        report.Add(benchmark, system.Name, "rate", "jobs/s", worked.Jobs / worked.Seconds);
        report.Add(benchmark, system.Name, "CPU of the workers", "µs/job", worked.CpuSeconds / worked.Jobs * 1e6);
        if (cpu.Seconds > 0) report.Add(benchmark, system.Name, "CPU of Postgres", "µs/job", cpu.Seconds / worked.Jobs * 1e6);
        report.Add(benchmark, system.Name, "commits", "/job", commits / worked.Jobs);
        report.Add(benchmark, system.Name, "statements", "/job", statements / worked.Jobs);
        report.Add(benchmark, system.Name, "connections", "", connections);
        report.Add(benchmark, system.Name, "memory", "MB", worked.RssMegabytes);
    }
}
