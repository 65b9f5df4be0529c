using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Storefront.Sandbox.Partners;
using Storefront.Tests.Api.Contract;
using Storefront.Web.Catalog;

namespace Storefront.Tests.Support;

/// <summary>
/// The whole shop for one test class: the real program on a port of its own, a database of its own on a real Postgres,
/// and partners of its own on a real socket.
/// </summary>
public class Shop : IAsyncLifetime
{
    private readonly TempFolder partnersData = new();
    private TestDatabase? database;
    private SandboxPartners? partners;
    private RunningProgram? program;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>The sandbox's control API.</summary>
    public SandboxClient Partners { get; private set; } = null!;

    public IServiceProvider Services => program!.Services;
    public NpgsqlDataSource Database => Services.GetRequiredService<NpgsqlDataSource>();
    public string ConnectionString => database!.ConnectionString;

    /// <summary>Settings of this class's shop, on top of those every test has.</summary>
    protected virtual IEnumerable<(string Key, string Value)> Settings => [];

    /// <summary>Services of this class's shop, on top of the product's.</summary>
    protected virtual void Configure(IServiceCollection services) { }

    /// <summary>Runs after the database is migrated and before the program starts.</summary>
    protected virtual Task BeforeOpeningAsync() => Task.CompletedTask;

    /// <summary>A database of its own, migrated and with a catalogue.</summary>
    public static Task<TestDatabase> MigratedAsync() => TestDatabase.CreateAsync(MigrateAsync, "shop");

    public virtual async ValueTask InitializeAsync()
    {
        var databaseTask = MigratedAsync();
        partners = await SandboxPartners.StartAsync(new Uri("http://127.0.0.1:0"), partnersData.Path, SeedStock.All,
            TestContext.Current.CancellationToken);
        Partners = new SandboxClient(partners.Url);
        database = await databaseTask;
        await BeforeOpeningAsync();
        await StartAsync();
    }

    /// <summary>Stops the program as a deploy does, and starts it again on the same data.</summary>
    /// <param name="meanwhile">Runs while the program is stopped.</param>
    public async Task RestartAsync(Func<Task> meanwhile)
    {
        Http.Dispose();
        await program!.DisposeAsync();
        await meanwhile();
        await StartAsync();
    }

    private async Task StartAsync()
    {
        program = await RunningProgram.StartAsync(Configure, Arguments(DefaultSettings().Concat(Settings)));
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        Http = new HttpClient(new ContractHandler(handler)) { BaseAddress = program.Url };
    }

    /// <summary>A client with its own cookies, like another person's browser.</summary>
    public HttpClient Browser(bool followRedirects = true)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = followRedirects, UseCookies = true, CookieContainer = new() };
        return new HttpClient(new ContractHandler(handler)) { BaseAddress = Http.BaseAddress };
    }

    /// <summary>The order whose page has this path.</summary>
    public async Task<Guid> OrderAtAsync(string path)
    {
        var key = Guid.Parse(path.Split('/', '?')[^1]);
        await using var find = Database.CreateCommand("select id from orders.orders where key = $1");
        find.Parameters.Add(new() { Value = key });
        var id = (Guid)(await find.ExecuteScalarAsync())!;
        AnOrder.Opens(key, id);
        return id;
    }

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Http?.Dispose();
        if (program is not null) await program.DisposeAsync();
        Partners?.Dispose();
        if (partners is not null) await partners.DisposeAsync();
        partnersData.Dispose();
        if (database is not null) await database.DisposeAsync();
    }

    private IEnumerable<(string, string)> DefaultSettings()
    {
        yield return ("ConnectionStrings:Storefront", database!.ConnectionString + ";Maximum Pool Size=30;Timeout=30");
        yield return ("Sandbox:Enabled", "false");
        yield return ("Admin:Email", "admin@example.com");
        yield return ("Admin:Password", AdminPassword);
        yield return ("Jobs:Workers", "8");
        yield return ("RateLimits:Enabled", "false"); // All shoppers of a test share one address.
        yield return ("Telemetry:Prometheus:Url", "");
        yield return ("Logging:LogLevel:Default", "Critical");
        foreach (var partner in new[] { "Inventory", "Email", "Analytics", "Loyalty" })
        {
            yield return ($"Partners:{partner}:BaseUrl", partners!.Url.ToString());
            yield return ($"Partners:{partner}:ApiKey", "test-key");
        }
    }

    public const string AdminPassword = "correct-horse-battery";

    // An operator migrates the database and then imports a catalogue.
    private static async Task MigrateAsync(string connectionString)
    {
        string[] settings = Arguments([("ConnectionStrings:Storefront", connectionString), ("Sandbox:Enabled", "false"), .. Nobody()]);
        await MigrateAsync(connectionString, []);
        (await RunningProgram.RunAsync(["import", Repository.File("Storefront.Web/Catalog/seed.csv"), .. settings])).ShouldBe(0);
    }

    protected static async Task MigrateAsync(string connectionString, params (string, string)[] settings) =>
        (await RunningProgram.RunAsync(
            ["--migrate",
                .. Arguments([("ConnectionStrings:Storefront", connectionString), ("Sandbox:Enabled", "false"), .. Nobody(),
                    .. settings])])).ShouldBe(0);

    private static IEnumerable<(string, string)> Nobody() =>
        new[] { "Inventory", "Email", "Analytics" }.SelectMany(
            name => new[] { ($"Partners:{name}:BaseUrl", "http://127.0.0.1:1"), ($"Partners:{name}:ApiKey", "none") });

    private static string[] Arguments(IEnumerable<(string Key, string Value)> settings) =>
        ["--environment=Test", "--urls=http://127.0.0.1:0", "--applicationName=Storefront.Web",
            $"--contentRoot={Repository.File("Storefront.Web")}",
            .. settings.Select(setting => $"--{setting.Key}={setting.Value}")];
}
