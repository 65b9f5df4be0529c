using System.Globalization;
using System.Text.RegularExpressions;
using Hangfire.PostgreSql;
using Npgsql;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>Hangfire.PostgreSql numbers its scripts, and writes the number of the last one that ran into its schema.</summary>
public static partial class JobSchemaVersion
{
    private static readonly int Needed = typeof(PostgreSqlStorage).Assembly.GetManifestResourceNames()
        .Select(name => Script().Match(name)).Where(script => script.Success)
        .Max(script => int.Parse(script.Groups[1].Value, CultureInfo.InvariantCulture));

    /// <summary>Whether every script of this program's library has run, or a later one.</summary>
    public static async Task<bool> IsCurrentAsync(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using (var find = database.CreateCommand($"select to_regclass('{JobSchema.Name}.schema') is not null"))
            if (await find.ExecuteScalarAsync(cancel) is not true) return false;
        await using var read = database.CreateCommand($"select max(version) from {JobSchema.Name}.schema");
        return await read.ExecuteScalarAsync(cancel) is int version && version >= Needed;
    }

    [GeneratedRegex(@"\.Install\.v(\d+)\.sql$")]
    private static partial Regex Script();
}
