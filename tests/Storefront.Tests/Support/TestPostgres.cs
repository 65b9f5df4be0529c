using Npgsql;
using Storefront.Sandbox;
using Storefront.Sandbox.Postgres;

[assembly: AssemblyFixture(typeof(Storefront.Tests.Support.TestPostgres))]

namespace Storefront.Tests.Support;

/// <summary>The server of a test run: the sandbox's own, in a folder kept between runs; or the one of <c>STOREFRONT_TEST_POSTGRES</c>.</summary>
public sealed class TestPostgres : IAsyncDisposable
{
    private static readonly Lazy<Task<(string ConnectionString, SandboxPostgres? Server)>> Server = new(StartAsync);

    /// <summary>As a role that may create databases.</summary>
    public static async Task<string> ConnectionStringAsync() => (await Server.Value).ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (!Server.IsValueCreated) return;
        if ((await Server.Value).Server is { } server) await server.DisposeAsync();
    }

    private static async Task<(string, SandboxPostgres?)> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("STOREFRONT_TEST_POSTGRES") is { Length: > 0 } given) return (given, null);
        var server = await SandboxPostgres.StartAsync(Path.Combine(SandboxDirectory.Of(null), "tests"), Console.WriteLine, CancellationToken.None);
        await DropLeftoversAsync(server.ConnectionString);
        return (server.ConnectionString, server);
    }

    // Databases of a run that was killed; whoever still runs beside us is connected to its own, and keeps it.
    private static async Task DropLeftoversAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        var leftovers = new List<string>();
        await using (var find = database.CreateCommand("""
            select datname from pg_database d
            where starts_with(datname, 'test_') and not exists (select 1 from pg_stat_activity a where a.datname = d.datname)
            """))
        await using (var rows = await find.ExecuteReaderAsync())
            while (await rows.ReadAsync()) leftovers.Add(rows.GetString(0));
        foreach (var leftover in leftovers)
        {
            await using var drop = database.CreateCommand($"drop database if exists {leftover}");
            await drop.ExecuteNonQueryAsync();
        }
    }
}
