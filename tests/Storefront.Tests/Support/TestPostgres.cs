using Npgsql;
using Storefront.Sandbox;
using Storefront.Sandbox.Postgres;
using Storefront.Tests.Support;

[assembly: AssemblyFixture(typeof(TestPostgres))]

namespace Storefront.Tests.Support;

/// <summary>
/// The one server of a test run: started by the first test that asks, stopped after the last. It is the sandbox's, in <c>.sandbox/tests</c>
/// of this clone, or the one STOREFRONT_TEST_POSTGRES names by a superuser's connection string.
/// </summary>
public sealed class TestPostgres : IAsyncDisposable
{
    private static readonly Lazy<Task<TestServer>> Started = new(TestServer.StartAsync);

    internal static Task<TestServer> ServerAsync() => Started.Value;

    public async ValueTask DisposeAsync()
    {
        if (Started.IsValueCreated)
            await (await Started.Value).DisposeAsync();
    }
}

/// <summary>A server and this run's claim on it: an advisory lock on <see cref="Run"/>, which ends with the run however it ends.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly SandboxPostgres? sandbox;
    private readonly string address;
    private readonly NpgsqlConnection claim;

    private TestServer(SandboxPostgres? sandbox, string address)
    {
        this.sandbox = sandbox;
        this.address = address;
        claim = new(AddressOf("postgres", pooling: false));
        // Test classes queue here for their databases.
        Admin = NpgsqlDataSource.Create(AddressOf("postgres") + ";Timeout=120;Command Timeout=120");
    }

    /// <summary>Names this run's databases: <c>test_{run}_…</c>.</summary>
    public int Run { get; } = Random.Shared.Next(1, int.MaxValue);

    /// <summary>The database "postgres", where every run meets to take locks and to make databases.</summary>
    public NpgsqlDataSource Admin { get; }

    public static async Task<TestServer> StartAsync()
    {
        var given = Environment.GetEnvironmentVariable("STOREFRONT_TEST_POSTGRES");
        var sandbox = string.IsNullOrEmpty(given)
            ? await SandboxPostgres.StartAsync(Path.Combine(SandboxDirectory.Of(null), "tests"), Console.Error.WriteLine,
                CancellationToken.None)
            : null;
        var server = new TestServer(sandbox, sandbox?.ConnectionString ?? given!);
        try
        {
            await server.claim.OpenAsync();
            await ExecuteAsync(server.claim, $"SELECT pg_advisory_lock({LockSpace}, {server.Run})");
            await server.DropLeftoversAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Few connections a database, so that every class of the suite at once stays below max_connections.</summary>
    public string AddressOf(string database, bool pooling = true) => new NpgsqlConnectionStringBuilder(address)
    {
        Database = database,
        Pooling = pooling,
        MinPoolSize = 0,
        MaxPoolSize = 8,
        IncludeErrorDetail = true,
    }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (claim.State == System.Data.ConnectionState.Open)
            await DropAsync(await DatabasesAsync($"test_{Run:x8}_%"));
        await claim.DisposeAsync();
        await Admin.DisposeAsync();
        if (sandbox is not null)
            await sandbox.DisposeAsync();
    }

    private const int LockSpace = 7_080; // It is apart from other locks in "postgres".

    /// <summary>Databases of killed runs. Their lock is free, because only that run held it.</summary>
    private async Task DropLeftoversAsync()
    {
        foreach (var run in (await DatabasesAsync("test_%")).GroupBy(database => Convert.ToInt32(database.Split('_')[1], 16)))
            if (run.Key != Run && await TryLockAsync(run.Key))
            {
                await DropAsync(run);
                await ExecuteAsync(claim, $"SELECT pg_advisory_unlock({LockSpace}, {run.Key})");
            }
    }

    private async Task<bool> TryLockAsync(int run)
    {
        await using var attempt = new NpgsqlCommand($"SELECT pg_try_advisory_lock({LockSpace}, {run})", claim);
        return (bool)(await attempt.ExecuteScalarAsync())!;
    }

    private async Task<List<string>> DatabasesAsync(string pattern)
    {
        await using var list = new NpgsqlCommand("SELECT datname FROM pg_database WHERE datname LIKE $1",
            claim) { Parameters = { new() { Value = pattern } } };
        await using var rows = await list.ExecuteReaderAsync();
        var names = new List<string>();
        while (await rows.ReadAsync())
            names.Add(rows.GetString(0));
        return names;
    }

    private async Task DropAsync(IEnumerable<string> databases)
    {
        foreach (var database in databases)
            await ExecuteAsync(claim, $"""DROP DATABASE IF EXISTS "{database}" WITH (FORCE)""");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
