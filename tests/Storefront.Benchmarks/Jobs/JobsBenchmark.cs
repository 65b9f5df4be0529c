using System.Globalization;
using System.Text.Json;
using Npgsql;
using Storefront.Jobs.Hosting;

namespace Storefront.Benchmarks.Jobs;

/// <summary>How fast waiting no-op jobs are worked off: each system in a process of its own, one after the other, several rounds.</summary>
internal static class JobsBenchmark
{
    private const int Rounds = 3;
    private const int Workers = 20;

    private static readonly (string System, int Jobs)[] Systems = [("ours", 20_000), ("graphile-worker", 20_000), ("stock Hangfire.PostgreSql", 2_000)];

    public static async Task RunAsync(BenchmarkServer server, Report report, TextWriter output)
    {
        var withoutNode = await Node.PrepareAsync();
        if (withoutNode is not null) await output.WriteLineAsync(withoutNode);
        for (var round = 1; round <= Rounds; round++)
        {
            foreach (var (system, jobs) in Systems)
            {
                if (system == "graphile-worker" && withoutNode is not null) continue;
                await output.WriteLineAsync($"round {round}: {system}, {jobs:N0} no-op jobs, {Workers} at once");
                await MeasureAsync(server, report, system, jobs);
            }
        }
    }

    /// <summary>In the child process: works the queue off.</summary>
    public static async Task WorkAsync(string connection, JobStorageKind kind, int jobs)
    {
        await using var hangfire = new HangfireJobs(new NpgsqlConnectionStringBuilder(connection), kind);
        await hangfire.WorkAsync(jobs, Workers);
    }

    private static async Task MeasureAsync(BenchmarkServer server, Report report, string system, int jobs)
    {
        const string name = "bench_jobs";
        var database = await server.FreshAsync(name);
        await FillAsync(system, database, jobs);
        await server.ResetAsync(name);

        var running = system == "graphile-worker"
            ? BenchmarkServer.RunAsync("node", Node.Script("graphile.mjs"), Node.Uri(database), "work", Text(jobs), Text(Workers))
            : BenchmarkServer.RunAsync("dotnet", typeof(JobsBenchmark).Assembly.Location, "work", database.ConnectionString, system == "ours" ? "Fast" : "Stock", Text(jobs));
        var connections = await server.MostConnectionsAsync(name, running);
        var worked = JsonSerializer.Deserialize<Worked>(await running, JsonSerializerOptions.Web)!;
        var (commits, statements) = await server.CountAsync(name);

        report.Add("jobs", system, "rate", "jobs/s", jobs / worked.Seconds);
        report.Add("jobs", system, "commits", "/job", commits / jobs);
        report.Add("jobs", system, "statements", "/job", statements / jobs);
        report.Add("jobs", system, "connections", "", connections);
        report.Add("jobs", system, "CPU of the workers", "µs/job", worked.CpuSeconds / jobs * 1e6);
        report.Add("jobs", system, "memory", "MB", worked.RssMegabytes);
    }

    private static async Task FillAsync(string system, NpgsqlConnectionStringBuilder database, int jobs)
    {
        if (system == "graphile-worker")
        {
            await BenchmarkServer.RunAsync("node", Node.Script("graphile.mjs"), Node.Uri(database), "migrate");
            await using var source = NpgsqlDataSource.Create(database.ConnectionString);
            await source.CreateCommand($"select count(graphile_worker.add_job('noop', '{{}}'::json)) from generate_series(1, {jobs})").ExecuteNonQueryAsync();
        }
        else
        {
            await using var hangfire = new HangfireJobs(database, JobStorageKind.Fast);
            await hangfire.InstallAsync();
            await hangfire.FillAsync(jobs);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
