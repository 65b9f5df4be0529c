using System.Diagnostics;
using Npgsql;

namespace Storefront.Benchmarks.Queues;

/// <summary>
/// A queue on Postgres. What it does, it does in a process of its own, so that none profits from what another one warmed up.
/// </summary>
internal interface IQueueSystem
{
    string Name { get; }

    /// <summary>How many jobs it is given where others get 1: a slow one need not hold up the rest.</summary>
    double Share { get; }

    /// <summary>Whether it takes part: in what is measured with jobs of that task, or in "latency" or "backlog".</summary>
    bool IsIn(string benchmark);

    Task InstallAsync(NpgsqlConnectionStringBuilder database);

    Task FillAsync(NpgsqlConnectionStringBuilder database, string task, int jobs);

    /// <summary>Works jobs off, then prints <see cref="Worked"/>; prints "warm" when as many are done as are not to count.</summary>
    ProcessStartInfo Work(NpgsqlConnectionStringBuilder database, string task, int jobs, int warm, int concurrency);

    /// <summary>Adds jobs one at a time to an idle queue and prints <see cref="Latency"/>.</summary>
    ProcessStartInfo Latencies(NpgsqlConnectionStringBuilder database, int samples);
}

/// <summary>What a process says of the jobs after the warm-up.</summary>
internal sealed record Worked(int Jobs, double Seconds, double CpuSeconds, double RssMegabytes);

/// <summary>From the commit of a job to its start, in milliseconds.</summary>
internal sealed record Latency(double P50, double P99);
