using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Storefront.Benchmarks.Queues;

/// <summary>Hangfire on the shop's storage or on Hangfire.PostgreSql's own.</summary>
internal sealed class HangfireSystem(string name, JobStorageKind kind, double share) : IQueueSystem
{
    public string Name => name;
    public double Share => share;

    public bool IsIn(string benchmark) => true;

    public async Task InstallAsync(NpgsqlConnectionStringBuilder database)
    {
        await using var hangfire = new HangfireJobs(database, kind);
        await hangfire.InstallAsync();
    }

    public async Task FillAsync(NpgsqlConnectionStringBuilder database, string task, int jobs)
    {
        await using var hangfire = new HangfireJobs(database, JobStorageKind.Fast); // It makes the same rows.
        await hangfire.FillAsync(task, jobs);
    }

    public ProcessStartInfo Work(NpgsqlConnectionStringBuilder database, string task, int jobs, int warm, int concurrency) =>
        Child("work", database, task, Text(jobs), Text(warm), Text(concurrency));

    public ProcessStartInfo Latencies(NpgsqlConnectionStringBuilder database, int samples) => Child("latency", database, Text(samples));

    /// <summary>This program again, as the worker's process.</summary>
    public static async Task RunChildAsync(string[] arguments)
    {
        if (arguments is not [var what, var storage, var connection, .. var rest])
            throw new ArgumentException("A child needs to know what to do, on which storage and where.");
        await using var hangfire = new HangfireJobs(new NpgsqlConnectionStringBuilder(connection), Enum.Parse<JobStorageKind>(storage));
        if (what == "work") await hangfire.WorkAsync(Number(rest[1]), Number(rest[2]), Number(rest[3]));
        else await hangfire.MeasureLatencyAsync(Number(rest[0]));
    }

    private ProcessStartInfo Child(string what, NpgsqlConnectionStringBuilder database, params string[] rest) =>
        new("dotnet", [typeof(HangfireSystem).Assembly.Location, "child", what, kind.ToString(), database.ConnectionString, .. rest]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
