using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Storefront.Benchmarks.Queues;

/// <summary>A queue written for Node.</summary>
/// <param name="setting">What the script calls it.</param>
/// <param name="benchmarks">The only ones it takes part in; none: all.</param>
internal sealed class NodeSystem(string name, string script, string setting, double share, params string[] benchmarks) : IQueueSystem
{
    public const string AsItComes = "as-it-comes";

    public string Name => name;
    public double Share => share;

    public bool IsIn(string benchmark) => benchmarks.Length == 0 || benchmarks.Contains(benchmark);

    public Task InstallAsync(NpgsqlConnectionStringBuilder database) => Child.RunAsync(Run(database, "install"));

    public Task FillAsync(NpgsqlConnectionStringBuilder database, string task, int jobs) =>
        Child.RunAsync(Run(database, "fill", task, Text(jobs)));

    public ProcessStartInfo Work(NpgsqlConnectionStringBuilder database, string task, int jobs, int warm, int concurrency) =>
        Run(database, "work", task, Text(jobs), Text(warm), Text(concurrency));

    public ProcessStartInfo Latencies(NpgsqlConnectionStringBuilder database, int samples) => Run(database, "latency", Text(samples));

    private ProcessStartInfo Run(NpgsqlConnectionStringBuilder database, string what, params string[] rest) =>
        new("node", [Node.Script(script), Node.Uri(database), setting, what, .. rest]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
