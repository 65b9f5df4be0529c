using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Storefront.Jobs.Orders;

/// <summary>For <c>dotnet ef migrations add</c>, which needs the model and no database.</summary>
internal sealed class OrdersDbDesign : IDesignTimeDbContextFactory<OrdersDb>
{
    public OrdersDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<OrdersDb>().UseNpgsql(OrdersDbOptions.Migrations).UseSnakeCaseNamingConvention().Options);
}
