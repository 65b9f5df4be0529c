using Hangfire.PostgreSql;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>Hangfire.PostgreSql's own schema, installed by its own scripts, and this program's migrations of it.</summary>
public static class JobSchema
{
    public const string Name = "hangfire";

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

        await using var db = new JobsDb();
        await update.MigrateAsync(db, Name, cancel);

        Task Scripts()
        {
            PostgreSqlObjectsInstaller.Install(update.Session, Name);
            return Task.CompletedTask;
        }
    }
}
