using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Storefront.Benchmarks.Queues;

/// <summary>A queue written for Node.</summary>
internal sealed class NodeSystem(string name, string script, double share) : IQueueSystem
{
    public string Name => name;
    public double Share => share;

    public Task InstallAsync(NpgsqlConnectionStringBuilder database) => Child.RunAsync(Run(database, "install"));

    public Task FillAsync(NpgsqlConnectionStringBuilder database, string task, int jobs) =>
        Child.RunAsync(Run(database, "fill", task, Text(jobs)));

    public ProcessStartInfo Work(NpgsqlConnectionStringBuilder database, string task, int jobs, int warm, int concurrency) =>
        Run(database, "work", task, Text(jobs), Text(warm), Text(concurrency));

    public ProcessStartInfo Latencies(NpgsqlConnectionStringBuilder database, int samples) => Run(database, "latency", Text(samples));

    private ProcessStartInfo Run(NpgsqlConnectionStringBuilder database, string what, params string[] rest) =>
        new("node", [Node.Script(script), Node.Uri(database), what, .. rest]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
