using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Storefront.Jobs.Database;

/// <summary>
/// A schema whose rows are read and written by SQL. It is a context of EF without entities, so that EF applies its migrations as it does
/// for a schema that it maps.
/// </summary>
/// <param name="history">The table in it that lists the migrations it has.</param>
public abstract class SqlSchema(string schema, string history) : DbContext
{
    protected sealed override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder
        .UseNpgsql(npgsql => npgsql.MigrationsHistoryTable(history, schema)).UseSnakeCaseNamingConvention()
        // Statements outside of a transaction may be broken off and done again: MigrationSteps.
        .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.NonTransactionalMigrationOperationWarning));

    /// <summary>Names of the migrations that this database does not have yet.</summary>
    public async Task<List<string>> FindPendingAsync(DbConnection connection, CancellationToken cancel)
    {
        Database.SetDbConnection(connection);
        return [.. await Database.GetPendingMigrationsAsync(cancel)];
    }
}
