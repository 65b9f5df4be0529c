using System.Globalization;
using System.Text.RegularExpressions;
using Hangfire.PostgreSql;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>Hangfire.PostgreSql's own schema, installed by its own scripts, and this program's migrations of it.</summary>
public static partial class JobSchema
{
    public const string Name = "hangfire";

    // Hangfire.PostgreSql numbers its scripts, and writes the number of the last one that ran into its schema.
    private static readonly int Needed = typeof(PostgreSqlStorage).Assembly.GetManifestResourceNames()
        .Select(name => Script().Match(name)).Where(script => script.Success)
        .Max(script => int.Parse(script.Groups[1].Value, CultureInfo.InvariantCulture));

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

    /// <summary>Whether every script of this program's library has run, or a later one.</summary>
    public static async Task<bool> IsCurrentAsync(NpgsqlDataSource database, CancellationToken cancel) =>
        await database.AskAsync($"select to_regclass('{Name}.schema') is not null", [], cancel) is true
        && await database.AskAsync($"select max(version) from {Name}.schema", [], cancel) is int version && version >= Needed;

    [GeneratedRegex(@"\.Install\.v(\d+)\.sql$")]
    private static partial Regex Script();
}
