using System.Collections.Concurrent;
using Npgsql;

namespace Storefront.Tests.Support;

/// <summary>A database of its own for one test class, cloned from a template that is migrated once a run.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Templates = new();
    private static readonly SemaphoreSlim Cloning = new(1, 1);

    private readonly string name;

    private TestDatabase(string name, string connectionString) => (this.name, ConnectionString) = (name, connectionString);

    public string ConnectionString { get; }

    /// <param name="migrate">Brings an empty database to where the tests begin; given its connection string.</param>
    /// <param name="template">Names what <paramref name="migrate"/> makes: classes that say the same name share it.</param>
    public static async Task<TestDatabase> CreateAsync(Func<string, Task> migrate, string template)
    {
        var source = await Templates.GetOrAdd(template, key => new(() => MakeTemplateAsync(key, migrate))).Value;
        var name = $"test_{Guid.NewGuid():N}";
        await Cloning.WaitAsync(); // a template can be copied by one at a time
        try
        {
            await ExecuteAsync($"create database {name} template {source}");
        }
        finally
        {
            Cloning.Release();
        }

        return new(name, await ToAsync(name));
    }

    public async ValueTask DisposeAsync()
    {
        await using (var pool = new NpgsqlConnection(ConnectionString)) NpgsqlConnection.ClearPool(pool);
        await ExecuteAsync($"drop database if exists {name} with (force)");
    }

    private static async Task<string> MakeTemplateAsync(string key, Func<string, Task> migrate)
    {
        var name = $"test_template_{key}_{Environment.ProcessId}";
        await ExecuteAsync($"drop database if exists {name} with (force)");
        await ExecuteAsync($"create database {name}");
        await migrate(await ToAsync(name));
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync($"alter database {name} with allow_connections false");
        await ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        return name;
    }

    private static async Task<string> ToAsync(string database) =>
        new NpgsqlConnectionStringBuilder(await TestPostgres.ConnectionStringAsync()) { Database = database, MaxPoolSize = 20 }.ConnectionString;

    private static async Task ExecuteAsync(string sql)
    {
        await using var session = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(await TestPostgres.ConnectionStringAsync()) { Pooling = false }.ConnectionString);
        await session.OpenAsync();
        await using var command = new NpgsqlCommand(sql, session) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }
}
