using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Database;

internal static class OrdersDbOptions
{
    public static void Migrations(NpgsqlDbContextOptionsBuilder npgsql) => npgsql.MigrationsHistoryTable("migrations", OrdersDb.Schema);
}
