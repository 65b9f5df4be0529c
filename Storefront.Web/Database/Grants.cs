using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Web.Database;

/// <summary>
/// Three roles, so that a hole in one is no hole in all: the one that migrates owns the tables, the shop writes rows, reports read what
/// names nobody.
/// </summary>
internal sealed class Grants(NpgsqlDataSource database, IOptions<RoleOptions> roles)
{
    private static readonly NpgsqlCommandBuilder Quoting = new();

    /// <summary>
    /// Run by the owner before the migrations: the shop may use what they make from the moment it is there. The version that still runs
    /// would otherwise say that it is not ready, for as long as the rest takes. A new database has no schemas and no such version yet.
    /// </summary>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        const string schemas = "select count(*) from pg_namespace where nspname in ('shop', 'orders', 'hangfire')";
        if (roles.Value.AppRole is { Length: > 0 } app && await database.AskAsync(schemas, [], cancel) is 3L)
            await database.ExecuteAsync(ForWhatComes(Quoting.QuoteIdentifier(app)), [], cancel);
    }

    /// <summary>Run by the owner after the migrations: all rights as they are to be.</summary>
    public async Task ApplyAsync(CancellationToken cancel)
    {
        if (roles.Value.AppRole is { Length: > 0 } app) await database.ExecuteAsync(ForTheShop(Quoting.QuoteIdentifier(app)), [], cancel);
        if (roles.Value.ReportRole is { Length: > 0 } report)
            await database.ExecuteAsync(ForReports(Quoting.QuoteIdentifier(report)), [], cancel);
    }

    private static string ForWhatComes(string role) => $"""
        alter default privileges in schema shop, orders, hangfire grant select, insert, update, delete on tables to {role};
        alter default privileges in schema shop, orders, hangfire grant usage, select on sequences to {role};
        """;

    // A repair is written once; later only who was told of it and who dealt with it changes. The history of migrations is only read.
    private static string ForTheShop(string role) => $"""
        grant usage on schema shop, orders, hangfire to {role};
        grant select, insert, update, delete on all tables in schema shop, orders, hangfire to {role};
        grant usage, select on all sequences in schema shop, orders, hangfire to {role};
        grant execute on all functions in schema shop, orders, hangfire to {role};
        revoke update, delete on orders.repairs from {role};
        grant update (handled_at, handled_by, handled_note, untold) on orders.repairs to {role};
        revoke insert, update, delete on shop.migrations, orders.migrations, hangfire.schema from {role};
        """;

    private static string ForReports(string role) => $"""
        grant usage on schema shop, orders to {role};
        grant select on shop.products, orders.lines, orders.repairs to {role};
        grant select (id, number, status, failure, country, currency, total, created_at, placed_at) on orders.orders to {role};
        grant select (order_id, effect, state, attempts, due_at, first_attempt_at, next_attempt_at, delivered_at) on orders.deliveries to
            {role};
        """;
}
