using System.Collections.Concurrent;
using Npgsql;

namespace Storefront.Tests.Support;

/// <summary>
/// A database for one test class: cloned from a template that is migrated once a run, dropped when disposed.
/// <code>
/// public sealed class OrderTests : IAsyncLifetime
/// {
///     private TestDatabase database = null!;
///     public async ValueTask InitializeAsync() => database = await TestDatabase.CreateAsync(ShopDatabase.MigrateAsync, "shop");
///     public ValueTask DisposeAsync() => database.DisposeAsync();
/// </code>
/// </summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Templates = new();
    private static int made;

    private readonly TestServer server;
    private readonly string name;

    private TestDatabase(TestServer server, string name)
    {
        this.server = server;
        this.name = name;
        ConnectionString = server.AddressOf(name);
    }

    /// <summary>Pools of at most 8 connections.</summary>
    public string ConnectionString { get; }

    /// <summary>
    /// One template a name and run: the same name must always come with the same migrations, and those are never out of date.
    /// </summary>
    public static async Task<TestDatabase> CreateAsync(Func<string, Task> migrate, string templateName)
    {
        var server = await TestPostgres.ServerAsync();
        var template = await Templates.GetOrAdd(templateName, name => new(() => MakeTemplateAsync(server, migrate, name))).Value;
        var database = $"test_{server.Run:x8}_{Interlocked.Increment(ref made)}";
        await ExecuteAsync(server, $"""CREATE DATABASE "{database}" TEMPLATE "{template}" """);
        return new(server, database);
    }

    public async ValueTask DisposeAsync()
    {
        await using (var pooled = new NpgsqlConnection(ConnectionString))
            NpgsqlConnection.ClearPool(pooled);
        await ExecuteAsync(server, $"""DROP DATABASE IF EXISTS "{name}" WITH (FORCE)""");
    }

    private static async Task<string> MakeTemplateAsync(TestServer server, Func<string, Task> migrate, string templateName)
    {
        var template = $"test_{server.Run:x8}_template_{templateName}";
        await ExecuteAsync(server, $"""CREATE DATABASE "{template}" """);
        await migrate(server.AddressOf(template));

        // A template is cloned only while nobody is connected to it, and migrations leave connections in their pools.
        await using (var pooled = new NpgsqlConnection(server.AddressOf(template)))
            NpgsqlConnection.ClearPool(pooled);
        await ExecuteAsync(server, $"""ALTER DATABASE "{template}" ALLOW_CONNECTIONS false""");
        await ExecuteAsync(server, $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{template}'");
        return template;
    }

    private static async Task ExecuteAsync(TestServer server, string sql)
    {
        await using var command = server.Admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
