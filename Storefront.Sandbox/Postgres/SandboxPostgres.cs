using Npgsql;

namespace Storefront.Sandbox.Postgres;

/// <summary>
/// A real PostgreSQL for a machine that has none running: made on first use, kept between runs, shared by every app on the same data
/// directory, and stopped by the last one to leave. An app that is killed leaves it running for the next to take over.
/// </summary>
public sealed class SandboxPostgres : IAsyncDisposable
{
    private const string Database = "storefront";

    private readonly string dataDirectory;
    private readonly Cluster cluster;
    private readonly Action<string> progress;
    private FileStream? share;

    private SandboxPostgres(string dataDirectory, Cluster cluster, Action<string> progress, FileStream share, string connectionString)
    {
        this.dataDirectory = dataDirectory;
        this.cluster = cluster;
        this.progress = progress;
        this.share = share;
        ConnectionString = connectionString;
    }

    /// <summary>For Npgsql, as superuser of the database "storefront".</summary>
    public string ConnectionString { get; }

    /// <summary>
    /// The cluster is in <c>postgres</c> below <paramref name="dataDirectory"/>, which is created if absent;
    /// <paramref name="progress"/> is told in sentences what takes time.
    /// </summary>
    /// <exception cref="SandboxUnavailableException">The machine has no PostgreSQL and no way to get one, or it does not start.</exception>
    public static Task<SandboxPostgres> StartAsync(string dataDirectory, Action<string> progress, CancellationToken cancellationToken) =>
        StartAsync(dataDirectory, PostgresSources.OfThisMachine(), progress, cancellationToken);

    internal static async Task<SandboxPostgres> StartAsync(
        string dataDirectory, PostgresSources sources, Action<string> progress, CancellationToken cancel)
    {
        dataDirectory = Directory.CreateDirectory(dataDirectory).FullName;
        using var alone = await AloneAsync(dataDirectory, cancel);
        var cluster = await Cluster.OpenAsync(dataDirectory, sources, progress, cancel);
        var share = LockFile.Share(ShareFile(dataDirectory));
        try
        {
            var address = await cluster.EnsureRunningAsync(progress, cancel);
            await CreateDatabaseAsync(address, cancel);
            return new(dataDirectory, cluster, progress, share, address.ConnectionString);
        }
        catch
        {
            await LeaveAsync(dataDirectory, cluster, share);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref share, null) is not { } ours)
            return;
        using var alone = await AloneAsync(dataDirectory, CancellationToken.None);
        if (!await LeaveAsync(dataDirectory, cluster, ours))
            progress("PostgreSQL was told to stop and has not yet done so.");
    }

    /// <summary>Starting and stopping exclude each other; using does not.</summary>
    private static Task<FileStream> AloneAsync(string dataDirectory, CancellationToken cancel) =>
        LockFile.HoldAsync(Path.Combine(dataDirectory, "postgres.users.gate"), cancel);

    private static string ShareFile(string dataDirectory) => Path.Combine(dataDirectory, "postgres.users");

    private static async Task<bool> LeaveAsync(string dataDirectory, Cluster cluster, FileStream share)
    {
        await share.DisposeAsync();
        using var last = LockFile.TryHold(ShareFile(dataDirectory));
        return last is null || await cluster.StopAsync();
    }

    private static async Task CreateDatabaseAsync(NpgsqlConnectionStringBuilder address, CancellationToken cancel)
    {
        await using (var server = NpgsqlDataSource.Create(address.ConnectionString))
        {
            await using var exists = server.CreateCommand("SELECT 1 FROM pg_database WHERE datname = $1");
            exists.Parameters.Add(new() { Value = Database });
            if (await exists.ExecuteScalarAsync(cancel) is null)
            {
                await using var create = server.CreateCommand($"CREATE DATABASE {Database}");
                await create.ExecuteNonQueryAsync(cancel);
            }
        }

        address.Database = Database;
    }
}
