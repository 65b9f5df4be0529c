using Storefront.Sandbox;
using Storefront.Sandbox.Partners;
using Storefront.Sandbox.Postgres;
using Storefront.Web.Catalog;

namespace Storefront.Web.Hosting;

/// <summary>What a fresh machine lacks, for as long as this process runs: a Postgres, where none is configured, and the three partners.</summary>
internal sealed class SandboxHost : IAsyncDisposable
{
    private static readonly string[] Partners = ["Inventory", "Email", "Analytics"];

    private SandboxPostgres? postgres;
    private SandboxPartners? partners;

    /// <summary>Starts what is missing and enters it into the configuration, below everything that is set.</summary>
    public static async Task<SandboxHost> StartAsync(WebApplicationBuilder builder, CancellationToken cancel)
    {
        var host = new SandboxHost();
        var enabled = builder.Configuration.GetValue<bool?>("Sandbox:Enabled") ?? builder.Environment.IsDevelopment();
        if (enabled && builder.Environment.IsProduction())
            throw new SettingFault("Setting Sandbox:Enabled is true in Production, where nothing may be pretended: leave it out, and configure the database and the partners.");
        try
        {
            if (enabled) await host.StartPartsAsync(builder, cancel);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        builder.Services.AddSingleton(new SandboxStatus(enabled, host.partners?.Url));
        return host;
    }

    private async Task StartPartsAsync(WebApplicationBuilder builder, CancellationToken cancel)
    {
        var configuration = builder.Configuration;
        var directory = SandboxDirectory.Of(configuration["Sandbox:DataDirectory"]);
        if (string.IsNullOrWhiteSpace(configuration[DatabaseRegistration.Setting]))
        {
            postgres = await SandboxPostgres.StartAsync(directory, Console.WriteLine, cancel);
            configuration[DatabaseRegistration.Setting] = postgres.ConnectionString;
        }

        var missing = Partners.Where(name => string.IsNullOrWhiteSpace(configuration[$"Partners:{name}:BaseUrl"])).ToList();
        if (missing.Count == 0) return;
        partners = await SandboxPartners.StartAsync(new Uri(configuration["Sandbox:Url"]!), directory, SeedStock.All, cancel);
        foreach (var name in missing)
        {
            configuration[$"Partners:{name}:BaseUrl"] = partners.Url.ToString();
            if (string.IsNullOrWhiteSpace(configuration[$"Partners:{name}:ApiKey"])) configuration[$"Partners:{name}:ApiKey"] = "sandbox";
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
            // Whatever became of the partners, Postgres does not stay behind.
            if (postgres is not null) await postgres.DisposeAsync();
        }
    }
}
