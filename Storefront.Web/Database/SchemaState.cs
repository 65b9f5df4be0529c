using Microsoft.EntityFrameworkCore;
using Npgsql;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Web.Database;

/// <summary>
/// Whether this program can place an order in this database. A newer schema is fine: a deploy may be under way.
/// </summary>
internal sealed class SchemaState(IServiceScopeFactory scopes, NpgsqlDataSource database)
{
    private const string Remedy = "run this program once with --migrate and a role that may change the schema.";

    /// <summary>What is missing, each as a sentence with its remedy.</summary>
    public async Task<IReadOnlyList<string>> FindMissingAsync(CancellationToken cancel)
    {
        var missing = new List<string>();
        await using var scope = scopes.CreateAsyncScope();
        var shop = scope.ServiceProvider.GetRequiredService<ShopDb>();
        AddMigrations(ShopDb.Schema, [.. await shop.Database.GetPendingMigrationsAsync(cancel)]);
        await using var connection = database.CreateConnection();
        await using var orders = new OrdersDb();
        AddMigrations(OrdersDb.Schema, await orders.FindPendingAsync(connection, cancel));
        if (!await JobSchema.IsCurrentAsync(database, cancel))
            missing.Add($"Schema {JobSchema.Name} is not there or older than this program's storage of jobs: {Remedy}");
        else
        {
            await using var jobs = new JobsDb();
            AddMigrations(JobSchema.Name, await jobs.FindPendingAsync(connection, cancel));
        }

        if (missing.Count == 0 && await FindForbiddenAsync(cancel) is { } table)
            missing.Add(
                $"The role of the connection may not read and write {table}: run --migrate with Database:AppRole naming that role.");
        return missing;

        void AddMigrations(string schema, List<string> pending)
        {
            if (pending.Count > 0) missing.Add($"Schema {schema} lacks {pending.Count} migrations, first {pending[0]}: {Remedy}");
        }
    }

    private async Task<string?> FindForbiddenAsync(CancellationToken cancel)
    {
        await using var ask = database.CreateCommand($"""
            select format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('orders', 'hangfire') and c.relkind in ('r', 'p')
              and c.relname not in ('migrations', 'schema', '{JobsDb.History}')
              and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert'))
            order by 1 limit 1
            """);
        return (string?)await ask.ExecuteScalarAsync(cancel);
    }
}
