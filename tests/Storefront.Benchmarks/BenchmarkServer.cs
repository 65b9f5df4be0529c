using Npgsql;
using Storefront.Sandbox.Postgres;

namespace Storefront.Benchmarks;

/// <summary>
/// A durable Postgres of the benchmark's own (fsync, synchronous_commit and full_page_writes on), with a fresh database for every
/// measurement.
/// </summary>
internal sealed class BenchmarkServer : IAsyncDisposable
{
    private readonly SandboxPostgres postgres;
    private readonly string directory;
    private readonly int pid;

    private BenchmarkServer(SandboxPostgres postgres, string directory) =>
        (this.postgres, this.directory, pid) = (postgres, directory, ServerCpu.Postmaster(directory));

    public static async Task<BenchmarkServer> StartAsync(TextWriter output)
    {
        var directory = Directory.CreateTempSubdirectory("storefront-benchmark-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        var postgres = await SandboxPostgres.StartAsync(directory, output.WriteLine, CancellationToken.None);
        await using var admin = NpgsqlDataSource.Create(postgres.ConnectionString);
        await admin.CreateCommand("create extension if not exists pg_stat_statements").ExecuteNonQueryAsync();
        return new(postgres, directory);
    }

    /// <summary>Whose statistics of statements are read: the server's own database.</summary>
    public async Task<T> AskAsync<T>(string sql)
    {
        await using var admin = NpgsqlDataSource.Create(postgres.ConnectionString);
        return (T)(await admin.CreateCommand(sql).ExecuteScalarAsync())!;
    }

    public async Task<NpgsqlConnectionStringBuilder> FreshAsync(string name)
    {
        await using var admin = NpgsqlDataSource.Create(postgres.ConnectionString);
        await admin.CreateCommand($"drop database if exists {name} with (force)").ExecuteNonQueryAsync();
        await admin.CreateCommand($"create database {name}").ExecuteNonQueryAsync();
        return Existing(name);
    }

    public NpgsqlConnectionStringBuilder Existing(string name) => new(postgres.ConnectionString) { Database = name, MaxPoolSize = 100 };

    /// <summary>Writes to disk what the filling left behind, and gives the planner the statistics that it has in daily life.</summary>
    public Task SettleAsync(string name) => RunAsync(name, "vacuum analyze", "checkpoint");

    /// <summary>Starts the count of commits and statements anew.</summary>
    public async Task ResetAsync(string name)
    {
        await AskAsync<object>("select pg_stat_statements_reset()");
        await RunAsync(name, "select pg_stat_reset()");
    }

    /// <summary>The server's CPU time so far.</summary>
    public ServerCpu Cpu() => ServerCpu.Of(pid);

    private async Task RunAsync(string name, params string[] statements)
    {
        await using var database =
            NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name }.ConnectionString);
        foreach (var statement in statements) await database.CreateCommand(statement).ExecuteNonQueryAsync();
    }

    /// <summary>Since <see cref="ResetAsync"/>.</summary>
    public async Task<Counted> CountAsync(string name)
    {
        await Task.Delay(1100); // Sessions report their statistics once a second.
        await using var admin = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = admin.CreateCommand("""
            select (select xact_commit from pg_stat_database where datname = $1)::float8, coalesce(sum(calls), 0)::float8,
                   coalesce(sum(total_exec_time) filter (where query ilike '%skip locked%'), 0)
            from pg_stat_statements s join pg_database d on d.oid = s.dbid where datname = $1
            """);
        command.Parameters.Add(new() { Value = name });
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return new(row.GetDouble(0), row.GetDouble(1), row.GetDouble(2));
    }

    /// <summary>The most connections to a database while something runs.</summary>
    public async Task<long> MostConnectionsAsync(string name, Task running)
    {
        var most = 0L;
        while (!running.IsCompleted)
        {
            most = Math.Max(most, await AskAsync<long>($"select count(*) from pg_stat_activity where datname = '{name}'"));
            await Task.WhenAny(running, Task.Delay(250));
        }

        return most;
    }

    public async ValueTask DisposeAsync()
    {
        await postgres.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }
}

/// <param name="DequeueMilliseconds">
/// In statements that take jobs from a queue. All of the queues compared here do it with <c>skip locked</c>.
/// </param>
internal sealed record Counted(double Commits, double Statements, double DequeueMilliseconds);
