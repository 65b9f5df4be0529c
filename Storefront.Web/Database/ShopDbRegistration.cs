using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;
using Storefront.Jobs.Database;

namespace Storefront.Web.Database;

internal static class ShopDbRegistration
{
    public static IServiceCollection AddShopDb(this IServiceCollection services) => services.AddDbContext<ShopDb>((provider, options) =>
        options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>(), npgsql =>
            {
                Migrations(npgsql);
                npgsql.ExecutionStrategy(dependencies => new RepeatedConflicts(dependencies));
            })
            .UseSnakeCaseNamingConvention().AddInterceptors(StorableTextInterceptor.Instance));

    internal static void Migrations(NpgsqlDbContextOptionsBuilder npgsql) => npgsql.MigrationsHistoryTable("migrations", ShopDb.Schema);
}

/// <summary>For <c>dotnet ef migrations add</c>, which needs the model and no database.</summary>
internal sealed class ShopDbDesign : IDesignTimeDbContextFactory<ShopDb>
{
    public ShopDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<ShopDb>().UseNpgsql(ShopDbRegistration.Migrations).UseSnakeCaseNamingConvention().Options);
}
