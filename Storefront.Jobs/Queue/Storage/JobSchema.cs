using Hangfire.PostgreSql;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>Hangfire.PostgreSql's own schema, installed by its own scripts, with indexes that cost less to keep.</summary>
public static class JobSchema
{
    public const string Name = "hangfire";

    // Hangfire.PostgreSql has two indexes on a job's state, neither of which gives a page of them in order. This one does, for both
    // and at the price of one: every change of a state writes to each index. What does not expire need not be in an index by expiry.
    private static readonly Index[] Ours =
    [
        new("jobs by their state", "ix_storefront_job_statename_id", "hangfire.job (statename, id) where statename is not null"),
        new("jobs that expire", "ix_storefront_job_expireat", "hangfire.job (expireat) where expireat is not null"),
        new("sets that expire", "ix_storefront_set_expireat", "hangfire.set (expireat) where expireat is not null"),
        // Reconciliation looks for these every minute, and failed jobs are kept.
        new("jobs that failed because the database was away", "ix_storefront_state_not_changed",
            "hangfire.state (jobid) where reason like 'Failed to change state%'"),
    ];

    // Each is replaced by one of ours, but the last: a queue's waiting jobs are found in their order by another of Hangfire's own.
    private static readonly string[] Replaced =
    [
        "ix_hangfire_job_statename", "ix_hangfire_job_statename_is_not_null", "ix_hangfire_job_expireat", "ix_hangfire_set_expireat",
        "ix_hangfire_jobqueue_queueandfetchedat",
    ];

    /// <summary>Installs or upgrades it; harmless to repeat, also from two processes at once.</summary>
    public static async Task InstallAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var update = await SchemaUpdate.BeginAsync(database, TextWriter.Null, cancel);
        await InstallAsync(update, cancel);
    }

    /// <summary>The same as part of a larger update.</summary>
    public static async Task InstallAsync(SchemaUpdate update, CancellationToken cancel)
    {
        if (await update.AskAsync($"select to_regclass('{Name}.job') is null", cancel))
            await update.StepAsync(Name, "making the tables of jobs", Scripts, cancel);
        else
            await update.RepeatAsync(Scripts, $"{Name}: the scripts of Hangfire.PostgreSql", cancel);

        if (await update.AskAsync($"select to_regclass('{LeaseLocks.Table}') is null", cancel))
            await update.StepAsync(Name, "making the table of locks", LeaseLocks.CreateTable, cancel);

        foreach (var (what, name, on) in Ours)
        {
            var isMissing = $"select (select indisvalid from pg_index where indexrelid = to_regclass('{Name}.{name}')) is not true";
            if (await update.AskAsync(isMissing, cancel))
                await update.ConcurrentStepAsync(
                    Name, $"adding an index on {what}", $"create index concurrently if not exists {name} on {on}", cancel);
        }

        foreach (var name in Replaced)
        {
            if (await update.AskAsync($"select to_regclass('{Name}.{name}') is not null", cancel))
                await update.ConcurrentStepAsync(
                    Name, $"dropping the index {name}", $"drop index concurrently if exists {Name}.{name}", cancel);
        }

        Task Scripts()
        {
            PostgreSqlObjectsInstaller.Install(update.Session, Name);
            return Task.CompletedTask;
        }
    }

    private sealed record Index(string What, string Name, string On);
}
