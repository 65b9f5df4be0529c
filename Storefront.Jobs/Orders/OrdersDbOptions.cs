using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;

namespace Storefront.Jobs.Orders;

internal static class OrdersDbOptions
{
    public static void Migrations(NpgsqlDbContextOptionsBuilder npgsql) => npgsql.MigrationsHistoryTable("migrations", OrdersDb.Schema);
}
