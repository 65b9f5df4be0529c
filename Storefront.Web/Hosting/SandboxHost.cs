using Microsoft.Extensions.Options;
using Storefront.Jobs;
using Storefront.Jobs.Partners;
using Storefront.Web.Catalog;
using Storefront.Web.Settings;

namespace Storefront.Web.Hosting;

/// <summary>
/// What a fresh machine lacks, for as long as this process runs: a Postgres, where none is configured, and the three partners.
/// </summary>
internal sealed class SandboxHost : IAsyncDisposable
{
    private IAsyncDisposable? postgres;
    private IAsyncDisposable? partners;
    private Uri? url;

    /// <summary>
    /// Starts what is missing and adds it to the configuration, below every other source. Settings and port are checked before.
    /// A command other than opening the shop needs no partner, and uses the Postgres of a shop that runs.
    /// </summary>
    public static async Task<SandboxHost> StartAsync(WebApplicationBuilder builder, Command command, CancellationToken cancel)
    {
        var host = new SandboxHost();
        var lacksDatabase = string.IsNullOrWhiteSpace(builder.Configuration[DatabaseRegistration.Setting]);
        var enabled = IsEnabled(builder, lacksDatabase);
        try
        {
            if (command == Command.OpenShop) await host.OpenAsync(builder, enabled, lacksDatabase, cancel);
            else if (enabled && lacksDatabase) await host.StartPostgresAsync(builder.Configuration, cancel);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        builder.Services.AddSingleton(
            new SandboxStatus(enabled, host.url, SandboxAssembly.IsHere ? DataDirectory(builder.Configuration) : null));
        return host;
    }

    /// <exception cref="SettingFault">It is asked for where it is refused, or is needed where it is not.</exception>
    private static bool IsEnabled(WebApplicationBuilder builder, bool lacksDatabase)
    {
        var asked = builder.Configuration.GetValue<bool?>("Sandbox:Enabled");
        var development = builder.Environment.IsDevelopment();
        if (!SandboxAssembly.IsHere && (asked ?? (development && lacksDatabase)))
            throw new SettingFault(
                $"A published shop has no sandbox: set {DatabaseRegistration.Setting} and Partners:*, and leave Sandbox:Enabled out, "
                    + "or start the shop from its sources with \"dotnet run\".");
        if (asked == true && builder.Environment.IsProduction())
            throw new SettingFault(
                "Setting Sandbox:Enabled is true in Production, where nothing may be pretended: leave it out, and configure the database "
                    + "and the partners.");
        return SandboxAssembly.IsHere && (asked ?? development);
    }

    private async Task OpenAsync(WebApplicationBuilder builder, bool enabled, bool lacksDatabase, CancellationToken cancel)
    {
        var configuration = builder.Configuration;
        FreePort.Demand(configuration["Urls"]!);
        if (!enabled) return;

        var missing = OrderEffects.Catalogue.Partners
            .Where(partner => string.IsNullOrWhiteSpace(configuration[$"{partner.Section}:BaseUrl"])).ToList();
        if (missing.TrueForAll(partner => partner.IsOptional)) missing.Clear(); // real partners, and a shop that does without these
        if (lacksDatabase) configuration[DatabaseRegistration.Setting] = "Host=127.0.0.1"; // until it is started
        Enter(configuration, missing, new Uri(configuration["Sandbox:Url"]!));
        await using (var settings = builder.Services.BuildServiceProvider())
            settings.GetRequiredService<IStartupValidator>().Validate();

        if (lacksDatabase) await StartPostgresAsync(configuration, cancel);
        if (missing.Count == 0) return;
        url = await UseOrStartPartnersAsync(new Uri(configuration["Sandbox:Url"]!), configuration, cancel);
        Enter(configuration, missing, url);
    }

    private async Task StartPostgresAsync(ConfigurationManager configuration, CancellationToken cancel)
    {
        (configuration[DatabaseRegistration.Setting], postgres) =
            await SandboxAssembly.StartPostgresAsync(DataDirectory(configuration), Console.WriteLine, cancel);
    }

    private async Task<Uri> UseOrStartPartnersAsync(Uri address, ConfigurationManager configuration, CancellationToken cancel)
    {
        if (await RunningSandbox.TryStockAsync(address, SeedStock.All, cancel))
        {
            Console.WriteLine($"Using the sandbox that already runs on {address}.");
            return address;
        }

        (var started, partners) =
            await SandboxAssembly.StartPartnersAsync(address, DataDirectory(configuration), SeedStock.All, cancel);
        return started;
    }

    private static string DataDirectory(ConfigurationManager configuration) =>
        SandboxAssembly.DirectoryOf(configuration["Sandbox:DataDirectory"]);

    private static void Enter(ConfigurationManager configuration, IEnumerable<Partner> missing, Uri address)
    {
        foreach (var section in missing.Select(partner => partner.Section))
        {
            configuration[$"{section}:BaseUrl"] = address.ToString();
            if (string.IsNullOrWhiteSpace(configuration[$"{section}:ApiKey"])) configuration[$"{section}:ApiKey"] = "sandbox";
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (partners is not null) await partners.DisposeAsync();
        }
        finally
        {
            // Postgres is stopped even when stopping the partners failed.
            if (postgres is not null) await postgres.DisposeAsync();
        }
    }
}
