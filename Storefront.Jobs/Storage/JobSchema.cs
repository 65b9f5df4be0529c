using Hangfire.PostgreSql;
using Npgsql;

namespace Storefront.Jobs.Storage;

/// <summary>Hangfire.PostgreSql's own schema, installed by its own scripts.</summary>
public static class JobSchema
{
    public const string Name = "hangfire";

    private const long LockKey = 0x53_46_10;

    /// <summary>Installs or upgrades it; harmless to repeat, also from two processes at once.</summary>
    public static async Task InstallAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await RunAsync("select pg_advisory_lock($1)");
        try
        {
            PostgreSqlObjectsInstaller.Install(connection);
        }
        finally
        {
            await RunAsync("select pg_advisory_unlock($1)");
        }

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = LockKey } } };
            await command.ExecuteNonQueryAsync(cancel);
        }
    }
}
