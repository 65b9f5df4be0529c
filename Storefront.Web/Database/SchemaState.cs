using Microsoft.EntityFrameworkCore;
using Npgsql;
using Storefront.Jobs.Database;
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

        if (missing.Count == 0 && await FindForbiddenAsync(cancel) is { } relation)
            missing.Add($"The role of the connection lacks rights on {relation}: run --migrate with Database:AppRole naming that role.");
        return missing;

        void AddMigrations(string schema, List<string> pending)
        {
            if (pending.Count > 0) missing.Add($"Schema {schema} lacks {pending.Count} migrations, first {pending[0]}: {Remedy}");
        }
    }

    // The rights that Grants gives. A role that may only read and add rows could not finish the orders that it takes.
    private async Task<string?> FindForbiddenAsync(CancellationToken cancel) => (string?)await database.AskAsync($"""
            select format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('shop', 'orders', 'hangfire') and c.relkind in ('r', 'p', 'S')
              and c.relname not in ('migrations', 'schema', '{JobsDb.History}')
              and not case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'usage')
                  else has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
                      and has_any_column_privilege(c.oid, 'update') -- of repairs, only some columns are changed
                      and (has_table_privilege(c.oid, 'delete') or c.oid = 'orders.repairs'::regclass) end
            order by 1 limit 1
            """, [], cancel);
}
