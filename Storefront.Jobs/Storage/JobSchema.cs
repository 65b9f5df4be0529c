using Hangfire.PostgreSql;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Storage;

/// <summary>Hangfire.PostgreSql's own schema, installed by its own scripts, with indexes that cost less to keep.</summary>
public static class JobSchema
{
    public const string Name = "hangfire";

    private const long LockKey = 0x53_46_10;

    /// <summary>Installs or upgrades it; harmless to repeat, also from two processes at once.</summary>
    public static async Task InstallAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        var connection = await database.OpenConnectionAsync(cancel);
        try
        {
            await LockAsync();
            PostgreSqlObjectsInstaller.Install(connection, Name);
            await ReplaceIndexesAsync(connection, cancel);
        }
        finally
        {
            database.End(connection);
        }

        async Task LockAsync()
        {
            await using var command = new NpgsqlCommand("select pg_advisory_lock($1)", connection) { Parameters = { new() { Value = LockKey } } };
            await command.ExecuteNonQueryAsync(cancel);
        }
    }

    // Hangfire.PostgreSql has two indexes on a job's state, neither of which gives a page of them in order. This one does, for both
    // and at the price of one: every change of a state writes to each index. What does not expire need not be in an index by expiry, and
    // a queue's waiting jobs are found in their order by another index than the one dropped last.
    private static async Task ReplaceIndexesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            create index if not exists ix_storefront_job_statename_id on hangfire.job (statename, id) where statename is not null;
            drop index if exists hangfire.ix_hangfire_job_statename;
            drop index if exists hangfire.ix_hangfire_job_statename_is_not_null;
            create index if not exists ix_storefront_job_expireat on hangfire.job (expireat) where expireat is not null;
            drop index if exists hangfire.ix_hangfire_job_expireat;
            create index if not exists ix_storefront_set_expireat on hangfire.set (expireat) where expireat is not null;
            drop index if exists hangfire.ix_hangfire_set_expireat;
            drop index if exists hangfire.ix_hangfire_jobqueue_queueandfetchedat;
            """, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }
}
