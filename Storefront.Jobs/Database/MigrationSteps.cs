using System.ComponentModel;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Storefront.Jobs.Database;

/// <summary>
/// How a migration changes tables that a working version uses. Statements that say <c>concurrently</c> stand outside of a transaction,
/// and each is harmless to repeat; everything else must need its locks for a moment only.
/// </summary>
internal static class MigrationSteps
{
    /// <param name="on">From the table on: <c>orders.deliveries (due_at) where state = 'pending'</c>.</param>
    public static void AddIndexConcurrently(this MigrationBuilder migration, string name, string on) =>
        Concurrently(migration, $"create index concurrently if not exists {name} on {on}");

    public static void DropIndexConcurrently(this MigrationBuilder migration, string name) =>
        Concurrently(migration, $"drop index concurrently if exists {name}");

    /// <summary>What <c>--migrate</c> says of a migration: its <see cref="DescriptionAttribute"/>, or else its name.</summary>
    public static string Sentence(DbContext db, string migration) =>
        db.GetService<IMigrationsAssembly>().Migrations[migration].GetCustomAttribute<DescriptionAttribute>()?.Description
        ?? $"applying {migration[(migration.IndexOf('_') + 1)..]}";

    // It waits for transactions that were there before it, and nobody waits for it: its waiting need not be short. It must end, since a
    // transaction that somebody forgot may stay open for ever: then --migrate says so, and the next run builds the index again.
    private static void Concurrently(MigrationBuilder migration, string sql)
    {
        WaitForLocks(SchemaUpdate.Patience);
        migration.Sql(sql, suppressTransaction: true);
        WaitForLocks(SchemaUpdate.LockTimeout);

        void WaitForLocks(TimeSpan most) =>
            migration.Sql($"set lock_timeout = '{most.TotalMilliseconds:0}ms'", suppressTransaction: true);
    }
}
