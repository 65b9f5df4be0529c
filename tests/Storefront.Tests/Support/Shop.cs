using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Storefront.Jobs.Hosting;
using Storefront.Sandbox.Partners;
using Storefront.Web.Checkout;
using Storefront.Web.Database;
using Storefront.Web.Catalog;

namespace Storefront.Tests.Support;

/// <summary>
/// The whole shop for one test class: the real program on a port of its own, a database of its own on a real Postgres,
/// and partners of its own on a real socket.
/// </summary>
public class Shop : IAsyncLifetime
{
    private readonly Dictionary<string, string> settings = [];
    private TestDatabase? database;
    private SandboxPartners? partners;
    private Factory? factory;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>The sandbox's control API.</summary>
    public Partners Partners { get; private set; } = null!;

    public IServiceProvider Services => factory!.Services;
    public NpgsqlDataSource Database => Services.GetRequiredService<NpgsqlDataSource>();
    public string ConnectionString => database!.ConnectionString;

    /// <summary>Settings of this class's shop, on top of those every test has.</summary>
    protected virtual IEnumerable<(string Key, string Value)> Settings => [];

    public async ValueTask InitializeAsync()
    {
        var databaseTask = TestDatabase.CreateAsync(MigrateAsync, "shop");
        var directory = Directory.CreateTempSubdirectory("storefront-partners-").FullName;
        partners = await SandboxPartners.StartAsync(new Uri("http://127.0.0.1:0"), directory, SeedStock.All, TestContext.Current.CancellationToken);
        Partners = new Partners(partners.Url);
        database = await databaseTask;
        factory = new Factory(DefaultSettings().Concat(Settings));
        factory.UseKestrel(0);
        factory.StartServer();
        Http = factory.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
    }

    /// <summary>A client with its own cookies, like another person's browser.</summary>
    public HttpClient Browser(bool followRedirects = true)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = followRedirects, UseCookies = true, CookieContainer = new() };
        return new HttpClient(handler) { BaseAddress = Http.BaseAddress };
    }

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (factory is not null) await factory.DisposeAsync();
        if (partners is not null) await partners.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
    }

    private IEnumerable<(string, string)> DefaultSettings()
    {
        yield return ("ConnectionStrings:Storefront", database!.ConnectionString);
        yield return ("Sandbox:Enabled", "false");
        yield return ("Admin:Email", "admin@example.com");
        yield return ("Admin:Password", AdminPassword);
        yield return ("Jobs:Workers", "8");
        foreach (var partner in new[] { "Inventory", "Email", "Analytics" })
        {
            yield return ($"Partners:{partner}:BaseUrl", partners!.Url.ToString());
            yield return ($"Partners:{partner}:ApiKey", "test-key");
        }
    }

    public const string AdminPassword = "correct-horse-battery";

    private static async Task MigrateAsync(string connectionString)
    {
        await using var migration = new Factory([
            ("ConnectionStrings:Storefront", connectionString), ("Sandbox:Enabled", "false"), ("Jobs:Workers", "0"),
            .. new[] { "Inventory", "Email", "Analytics" }.SelectMany(name => new[] { ($"Partners:{name}:BaseUrl", "http://127.0.0.1:1"), ($"Partners:{name}:ApiKey", "none") }),
        ]);
        await using var scope = migration.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ShopDb>().Database.MigrateAsync();
        await scope.ServiceProvider.MigrateJobsAsync();
        await scope.ServiceProvider.GetRequiredService<SeedCatalog>().SeedIfEmptyAsync(CancellationToken.None);
    }

    private sealed class Factory(IEnumerable<(string Key, string Value)> settings) : WebApplicationFactory<PriceList>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Test");
            foreach (var (key, value) in settings) builder.UseSetting(key, value);
        }
    }
}
