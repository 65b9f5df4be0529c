using Npgsql;

namespace Storefront.Benchmarks.Queues;

/// <param name="Task">What each job does.</param>
/// <param name="Jobs">How many count; half as many before them warm up.</param>
/// <param name="Concurrency">How many at once.</param>
internal sealed record Load(string Task, int Jobs, int Concurrency)
{
    public int Warm => Jobs / 2;
}

/// <summary>
/// How fast waiting jobs are worked off: each system alone, in turn, several rounds. What it does before it is warm does not count.
/// </summary>
internal sealed class JobsBenchmark(BenchmarkServer server, Report report, Options options, TextWriter output)
{
    /// <summary>Jobs that do nothing, and jobs that wait 20 ms for a partner, for which one takes more workers.</summary>
    private static readonly Load[] Loads = [new("noop", 40_000, 20), new("partner", 8_000, 200)];

    public async Task RunAsync(string[] tasks)
    {
        var systems = await QueueSystems.PrepareAsync(options, output);
        for (var round = 1; round <= options.Rounds; round++)
            foreach (var full in Loads.Where(load => tasks.Length == 0 || tasks.Contains(load.Task)))
                foreach (var system in systems.Where(system => system.IsIn(full.Task)))
                {
                    var load = full with { Jobs = (int)(full.Jobs * system.Share) };
                    await output.WriteLineAsync(
                        $"round {round}: {system.Name}, {load.Jobs:N0} {load.Task} jobs, {load.Concurrency} at once");
                    var database = await server.FreshAsync("bench_jobs");
                    await system.InstallAsync(database);
                    await system.FillAsync(database, load.Task, load.Warm + load.Jobs);
                    await WorkAsync($"jobs-{load.Task}", system, load, database);
                }
    }

    /// <summary>Works off what is in the queue of that database.</summary>
    public async Task WorkAsync(string benchmark, IQueueSystem system, Load load, NpgsqlConnectionStringBuilder database)
    {
        var name = database.Database!;
        await server.SettleAsync(name);
        var before = ServerCpu.None;
        var statistics = Task.CompletedTask;
        var running = Child.AskAsync<Worked>(system.Work(database, load.Task, load.Warm + load.Jobs, load.Warm, load.Concurrency), () =>
        {
            before = server.Cpu();
            statistics = server.ResetAsync(name);
        });
        var connections = await server.MostConnectionsAsync(name, running);
        var worked = await running;
        var cpu = server.Cpu() - before;
        await statistics;
        var counted = await server.CountAsync(name);

        report.Add(benchmark, system.Name, "rate", "jobs/s", worked.Jobs / worked.Seconds);
        report.Add(benchmark, system.Name, "CPU of the workers", "µs/job", worked.CpuSeconds / worked.Jobs * 1e6);
        if (cpu.Seconds > 0) report.Add(benchmark, system.Name, "CPU of Postgres", "µs/job", cpu.Seconds / worked.Jobs * 1e6);
        report.Add(benchmark, system.Name, "dequeue, in Postgres", "µs/job", counted.DequeueMilliseconds / worked.Jobs * 1e3);
        report.Add(benchmark, system.Name, "commits", "/job", counted.Commits / worked.Jobs);
        report.Add(benchmark, system.Name, "statements", "/job", counted.Statements / worked.Jobs);
        report.Add(benchmark, system.Name, "connections", "", connections);
        report.Add(benchmark, system.Name, "memory", "MB", worked.RssMegabytes);
    }
}
