using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Hosting;
using Storefront.Jobs.Queue;
using Storefront.Web.Api;
using Storefront.Web.Catalog;
using Storefront.Web.Database;
using Storefront.Web.Health;
using Storefront.Web.Identity;
using Storefront.Web.Pages.Admin;
using Storefront.Web.Pages.Orders;
using Storefront.Web.Security;
using Storefront.Web.Settings;
using Storefront.Web.Telemetry;

namespace Storefront.Web.Hosting;

internal static class StorefrontApp
{
    // A node holds this lock while it creates what is created once: accounts, keys, sample goods.
    private const long StartLock = 0x53_46_20;

    /// <summary>Runs what the arguments ask for. A command ends when it is done; the shop, when it is told to.</summary>
    public static async Task<int> RunStorefrontAsync(this WebApplication app, CommandLine line, CancellationToken cancel)
    {
        if (line.Command == Command.OpenShop) app.CheckSettings();
        await app.CheckHostsAsync(cancel);
        if (line.Command == Command.Migrate || app.Environment.IsDevelopment()) await app.MigrateAsync(cancel);
        switch (line.Command)
        {
            case Command.Migrate:
                Console.WriteLine("The database is up to date.");
                return 0;
            case Command.AddStaff:
                return await app.AddStaffAsync(line.Email!, line.Role!, cancel);
            case Command.ResetAuthenticator:
                return await app.ResetAuthenticatorAsync(line.Email!, cancel);
            case Command.Import:
                return await app.Services.GetRequiredService<ImportCatalog>().RunAsync(line.File!, Console.Out, cancel);
        }

        await app.PrepareAsync(cancel);
        app.Map();
        await app.StartAsync(cancel);
        await app.WaitForShutdownAsync(cancel);
        return 0;
    }

    // Each host by itself: one may be a pooler and another Postgres. A host that is away now may be a standby, or fail over.
    private static async Task CheckHostsAsync(this WebApplication app, CancellationToken cancel)
    {
        var hosts = DatabaseRegistration.OpenEachHost(app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value.Storefront);
        foreach (var host in hosts)
        {
            await using (host)
            {
                try
                {
                    await JobsRegistration.CheckDatabaseAsync(host, cancel);
                }
                catch (NpgsqlException) when (hosts.Count > 1)
                {
                    app.Logger.HostNotChecked(new NpgsqlConnectionStringBuilder(host.ConnectionString).Host);
                }
            }
        }
    }

    private static async Task MigrateAsync(this WebApplication app, CancellationToken cancel)
    {
        await using var update = await SchemaUpdate.BeginAsync(app.Services.GetRequiredService<NpgsqlDataSource>(), Console.Out, cancel);
        var grants = app.Services.GetRequiredService<Grants>();
        await grants.PrepareAsync(cancel);
        await using (var scope = app.Services.CreateAsyncScope())
            await update.MigrateAsync(scope.ServiceProvider.GetRequiredService<ShopDb>(), ShopDb.Schema, cancel);
        await JobsRegistration.MigrateJobsAsync(update, cancel);
        await grants.ApplyAsync(cancel);
    }

    private static async Task<int> AddStaffAsync(this WebApplication app, string email, string role, CancellationToken cancel)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var staff = scope.ServiceProvider.GetRequiredService<StaffAccounts>();
        var (link, refusal) = await staff.InviteAsync(email, role, CommandLine.Who, cancel);
        if (refusal is not null) throw new SettingFault(refusal);
        Console.WriteLine($"{email} is {role}, and chooses a password by this link, which is good once and for 24 hours:");
        Console.WriteLine(link);
        return 0;
    }

    private static async Task<int> ResetAuthenticatorAsync(this WebApplication app, string email, CancellationToken cancel)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var staff = scope.ServiceProvider.GetRequiredService<StaffAccounts>();
        var member = (await staff.ListAsync(cancel)).Find(one => one.Email.Equals(email, StringComparison.OrdinalIgnoreCase))
            ?? throw new SettingFault($"\"{email}\" is no member of the staff.");
        if (await staff.ResetSecondFactorAsync(member.Id, CommandLine.Who, cancel) is { } refusal) throw new SettingFault(refusal);
        Console.WriteLine($"{member.Email} signs in with the password alone, and then enrols a new authenticator.");
        return 0;
    }

    /// <summary>Reports wrong settings before anything is changed.</summary>
    private static void CheckSettings(this WebApplication app)
    {
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        var needed = JobServer.ConnectionsFor(app.Services.GetRequiredService<IOptions<JobsOptions>>().Value.Workers);
        var database = DatabaseRegistration.Bounded(app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value.Storefront);
        if (database.Pooling && database.MaxPoolSize < needed)
            throw new SettingFault(
                $"Setting {DatabaseRegistration.Setting} has Maximum Pool Size={database.MaxPoolSize}, "
                + $"and this process needs {needed} connections at least: give it more.");
    }

    /// <summary>
    /// Refuses a database that must be migrated first, before the first shopper comes, and creates what is created once.
    /// Nodes that start together do this one after the other.
    /// </summary>
    private static async Task PrepareAsync(this WebApplication app, CancellationToken cancel)
    {
        if (await app.Services.GetRequiredService<SchemaState>().FindMissingAsync(cancel) is { Count: > 0 } missing)
            throw new SettingFault(string.Join(Environment.NewLine, missing));

        var database = app.Services.GetRequiredService<NpgsqlDataSource>();
        await using var session = await database.OpenConnectionAsync(cancel);
        await using var alone = await session.BeginTransactionAsync(cancel);
        await using (var turn = new NpgsqlCommand($"select pg_advisory_xact_lock({StartLock})", session) { CommandTimeout = 0 })
            await turn.ExecuteNonQueryAsync(cancel);

        await using var scope = app.Services.CreateAsyncScope();
        app.Services.GetDataProtector("start").Protect([]); // the first node creates the key for all cookies, and the others find it
        if (app.Environment.IsDevelopment()) await scope.ServiceProvider.GetRequiredService<SeedCatalog>().SeedIfEmptyAsync(cancel);
        var hidden = await scope.ServiceProvider.GetRequiredService<Catalogue>().CountInOtherCurrencyAsync(cancel);
        if (hidden > 0) app.Logger.ProductsInOtherCurrency(hidden, app.Configuration["Shop:Currency"]!);
        var admin = await scope.ServiceProvider.GetRequiredService<FirstAdmin>().EnsureAsync();
        app.Lifetime.ApplicationStarted.Register(() => Welcome.Print(app, admin));
    }

    private static void Map(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UsePublicPath();
        app.UseSecurityHeaders();
        app.MapHealth();
        if (!app.Configuration.GetValue("Web:Enabled", true)) return;

        app.UseCompression();
        app.UseFaultPages();
        app.UseApiKeys();
        app.UseRateLimiter();
        app.UseRequestTimeouts();
        app.UseAuthentication();
        app.UseSessions();
        app.UseAuthorization();
        app.UseFormBodies(BackOfficeRoutes.Dashboard);
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorPages().WithStaticAssets();
        app.MapOrderEvents().AllowAnonymous();
        app.MapApi();
        app.MapBackOffice();
    }
}
