using Storefront.Web.Database;

namespace Storefront.Web.Catalog;

public static class CatalogRegistration
{
    public static IServiceCollection AddCatalog(this IServiceCollection services) =>
        services.AddShopDb().AddScoped<Catalogue>().AddSingleton<ImportCatalog>().AddScoped<SeedCatalog>();
}
