using System.Diagnostics;
using Npgsql;
using Storefront.Sandbox.Postgres;
using Storefront.Tests.Support;

namespace Storefront.Fault.Tests.Rig;

/// <summary>
/// Nodes of the shop, the partners and a Postgres, each a process, with a proxy for faults on every connection between them.
/// Everything ends with the process that started it.
/// </summary>
internal sealed class ShopRig : IAsyncDisposable
{
    /// <summary>The time after which the job of a dead process goes to another. It is the shortest that the shop allows.</summary>
    public static readonly TimeSpan Invisibility = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan SetupPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan BalancerPatience = TimeSpan.FromMinutes(1);

    private readonly Guard guard;
    private readonly string shop;
    private readonly Layout layout;

    private ShopRig(string folder, string shop, Layout layout) =>
        (Folder, this.shop, this.layout, guard) = (folder, shop, layout, new Guard(folder));

    /// <summary>Logs, histories and the database; removed at the end, unless <see cref="Keep"/> was called.</summary>
    public string Folder { get; }

    public RigPostgres Postgres { get; private set; } = null!;
    public SandboxClient Partners { get; private set; } = null!;
    public IReadOnlyList<ShopNode> Nodes { get; private set; } = [];

    /// <summary>Where shoppers order: at the load balancer, or at each node.</summary>
    public IReadOnlyList<Door> Doors { get; private set; } = [];

    /// <summary>Between the nodes and each partner, by its name.</summary>
    public IReadOnlyDictionary<string, FaultProxy> PartnerWires { get; private set; } = null!;

    public FaultProxy DatabaseWire { get; private set; } = null!;

    private FaultProxy? standbyWire;
    private Child? sandbox;
    private Child? balancer;

    /// <summary>The repository that this was built from.</summary>
    public static string Source { get; } = FolderWith("Storefront.sln", AppContext.BaseDirectory);

    /// <summary>The build that has crash points, beside the ordinary one.</summary>
    public static string CrashBuild { get; } = Path.Combine(Source, "Storefront.Web", "bin", "CrashPoints", "net10.0");

    /// <param name="shop">A folder with the shop's programs; null: <see cref="CrashBuild"/>.</param>
    public static async Task<ShopRig> StartAsync(string? shop = null, Layout? layout = null)
    {
        var folder = Directory.CreateTempSubdirectory("storefront-faults-").FullName;
        // Postgres may run as another user, who needs access to this folder.
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Windows has no SIGKILL and no SIGSTOP, which is what this is about.");
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        var rig = new ShopRig(folder, shop ?? CrashBuild, layout ?? Layout.Usual);
        try
        {
            await rig.StartPartsAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends all faults of partners and connections, and waits until every node serves.</summary>
    public async Task HealAsync()
    {
        foreach (var wire in PartnerWires.Values.Append(DatabaseWire)) wire.Set(Wire.Fine);
        await Partners.HealAsync();
        foreach (var node in Nodes)
        {
            node.Arm();
            node.Send("CONT");
            await node.UntilItServesAsync();
        }
    }

    /// <summary>Leaves <see cref="Folder"/> for somebody to look into.</summary>
    public void Keep() => guard.Keep();

    public string LogOf(string name) => Path.Combine(Folder, name + ".log");

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.DisposeAsync();
        balancer?.Dispose();
        sandbox?.Dispose();
        Partners?.Dispose();
        if (Postgres is not null) await Postgres.DisposeAsync();
        foreach (var wire in PartnerWires?.Values ?? []) wire.Dispose();
        DatabaseWire?.Dispose();
        standbyWire?.Dispose();
        guard.Dispose();
    }

    private async Task StartPartsAsync()
    {
        var database = RigPostgres.StartAsync(Folder, guard);
        var partners = ServerPort.Free();
        Partners = new SandboxClient(new Uri($"http://127.0.0.1:{partners}"));
        sandbox = Start(shop, "sandbox", "Storefront.Sandbox.dll", ["--urls", Partners.Url.ToString()], Nothing);
        PartnerWires = SandboxClient.PartnerNames.ToDictionary(name => name, _ => new FaultProxy(partners, new WireCalls()));

        Postgres = await database;
        DatabaseWire = new FaultProxy(Postgres.Port);
        await RunToItsEndAsync("--migrate");
        await RunToItsEndAsync("import", Path.Combine(Source, "Storefront.Web", "Catalog", "seed.csv"));
        while (!await Partners.AnswersAsync()) await Task.Delay(50);
        foreach (var sku in Load.Shoppers.Goods) await Partners.SetStockAsync(sku, 1_000_000);
        if (layout.Standby)
        {
            await Postgres.AddStandbyAsync(Path.Combine(Folder, "standby"));
            standbyWire = new FaultProxy(Postgres.StandbyPort!.Value);
        }

        Nodes = [.. Enumerable.Range(0, layout.Nodes).Select(number => StartNode(((char)('A' + number)).ToString()))];
        foreach (var node in Nodes) await node.UntilItServesAsync();
        Doors = layout.Balanced ? [await BalanceAsync()] : [.. Nodes.Select(node => node.Door)];
    }

    private async Task<Door> BalanceAsync()
    {
        var door = new Door("nginx", new Uri($"http://127.0.0.1:{ServerPort.Free()}"));
        balancer = Child.Start(guard, LogOf("nginx"), Folder, await LoadBalancer.CommandAsync(Folder, door.Url.Port, Nodes), Nothing);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(door.Url, "health/live"));
                if (answer.IsSuccessStatusCode) return door;
            }
            catch (Exception absent) when (absent is HttpRequestException or TaskCanceledException && waited.Elapsed < BalancerPatience)
            {
                // The sandbox is not up yet.
            }

            if (waited.Elapsed > BalancerPatience || !balancer.IsAlive)
                throw new TimeoutException($"nginx has not come up on {door.Url}: {await File.ReadAllTextAsync(LogOf("nginx"))}");
        }
    }

    private ShopNode StartNode(string name)
    {
        var url = new Uri($"http://127.0.0.1:{ServerPort.Free()}");
        return new(name, url, shop,
            (version, variables) => Start(version, name, "Storefront.Web.dll", ["--urls", url.ToString()], variables));
    }

    // A failure is tried again, because on a busy machine a new server may not answer in time.
    private async Task RunToItsEndAsync(params string[] arguments)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(500))
        {
            using var run = Start(shop, "setup", "Storefront.Web.dll", [.. arguments, "--urls", "http://127.0.0.1:0"], Nothing);
            await run.Exited;
            if (run.ExitCode == 0) return;
            if (watch.Elapsed > SetupPatience)
                throw new InvalidOperationException(
                    $"Storefront.Web {arguments[0]} ended with exit code {run.ExitCode}: {await File.ReadAllTextAsync(LogOf("setup"))}");
        }
    }

    private Child Start(string version, string name, string program, string[] arguments, IReadOnlyDictionary<string, string> variables) =>
        Child.Start(
            guard, LogOf(name), version, ["dotnet", Path.Combine(version, program), .. arguments],
            new Dictionary<string, string>(Settings(name).Concat(variables)));

    // An operator would set these. Everything else has its default.
    private IEnumerable<KeyValuePair<string, string>> Settings(string process)
    {
        yield return new("ASPNETCORE_ENVIRONMENT", "Faults");
        yield return new("Sandbox__Enabled", "false");
        yield return new("Sandbox__DataDirectory", Folder);
        yield return new("RateLimits__Enabled", "false"); // All shoppers of a run share one address.
        yield return new("Jobs__Workers", "20");
        yield return new("Jobs__InvisibilitySeconds", $"{Invisibility.TotalSeconds:0}");
        if (DatabaseWire is null) yield break;
        yield return new("ConnectionStrings__Storefront", Connection(process));
        foreach (var (partner, wire) in PartnerWires)
        {
            yield return new($"Partners__{partner}__BaseUrl", $"http://127.0.0.1:{wire.Port}");
            yield return new($"Partners__{partner}__ApiKey", "rig");
        }
    }

    // Postgres knows each process by its name, so that what it wrote can be told from what others wrote.
    private string Connection(string process)
    {
        var one = new NpgsqlConnectionStringBuilder(Postgres.Address.ConnectionString)
        {
            Port = DatabaseWire.Port, ApplicationName = process,
        };
        if (standbyWire is null) return one.ConnectionString;
        one.Host = $"127.0.0.1:{DatabaseWire.Port},127.0.0.1:{standbyWire.Port}";
        one.TargetSessionAttributes = "primary";
        return one.ConnectionString;
    }

    private static readonly Dictionary<string, string> Nothing = [];

    private static string FolderWith(string file, string folder) =>
        File.Exists(Path.Combine(folder, file)) ? folder : FolderWith(file, Path.GetDirectoryName(folder.TrimEnd('/'))!);
}
