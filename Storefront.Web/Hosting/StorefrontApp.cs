using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Hosting;
using Storefront.Web.Admin;
using Storefront.Web.Api;
using Storefront.Web.Catalog;
using Storefront.Web.Database;
using Storefront.Web.Health;
using Storefront.Web.Pages.Orders;
using Storefront.Web.Security;

namespace Storefront.Web.Hosting;

internal static class StorefrontApp
{
    /// <summary>
    /// Runs what the arguments ask for: <c>import FILE</c> brings a catalogue in, <c>--migrate</c> the database up to date; both end then.
    /// Without them the shop opens.
    /// </summary>
    public static async Task<int> RunStorefrontAsync(this WebApplication app, string[] args, CancellationToken cancel)
    {
        var onlyMigrate = args.Contains("--migrate");
        if (onlyMigrate || app.Environment.IsDevelopment()) await app.MigrateAsync(cancel);
        if (onlyMigrate) return 0;

        if (args is ["import", var file, ..])
            return await app.Services.GetRequiredService<ImportCatalog>().RunAsync(file, Console.Out, cancel);

        await app.PrepareAsync(cancel);
        app.Map();
        await app.StartAsync(cancel);
        await app.WaitForShutdownAsync(cancel);
        return 0;
    }

    private static async Task MigrateAsync(this WebApplication app, CancellationToken cancel)
    {
        await using var update = await SchemaUpdate.BeginAsync(app.Services.GetRequiredService<NpgsqlDataSource>(), Console.Out, cancel);
        await using (var scope = app.Services.CreateAsyncScope())
            await update.MigrateAsync(scope.ServiceProvider.GetRequiredService<ShopDb>(), ShopDb.Schema, cancel);
        await app.Services.MigrateJobsAsync(update, cancel);
        await app.Services.GetRequiredService<Grants>().ApplyAsync(cancel);
    }

    private static async Task PrepareAsync(this WebApplication app, CancellationToken cancel)
    {
        // Says "the settings are wrong" before anything is touched, and "migrate first" before the first shopper is.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        await app.Services.CheckDatabaseAsync(cancel);
        await using var scope = app.Services.CreateAsyncScope();
        if ((await scope.ServiceProvider.GetRequiredService<ShopDb>().Database.GetPendingMigrationsAsync(cancel)).Any())
            throw new SettingFault("The database is not up to date: run this program once with --migrate and a role that may change the schema.");
        if (app.Environment.IsDevelopment()) await scope.ServiceProvider.GetRequiredService<SeedCatalog>().SeedIfEmptyAsync(cancel);
        var hidden = await scope.ServiceProvider.GetRequiredService<Catalogue>().CountInOtherCurrencyAsync(cancel);
        if (hidden > 0) app.Logger.ProductsInOtherCurrency(hidden, app.Configuration["Shop:Currency"]!);
        var admin = await scope.ServiceProvider.GetRequiredService<FirstAdmin>().EnsureAsync();
        app.Lifetime.ApplicationStarted.Register(() => Welcome.Print(app, admin));
    }

    private static void Map(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseSecurityHeaders();
        app.MapHealth();
        if (!app.Configuration.GetValue("Web:Enabled", true)) return;

        app.UseCompression();
        app.UseFaultPages();
        app.UseRateLimiter();
        app.UseRequestTimeouts();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorPages().WithStaticAssets();
        app.MapOrderEvents().AllowAnonymous();
        app.MapApi();
        app.MapAdmin();
    }
}
