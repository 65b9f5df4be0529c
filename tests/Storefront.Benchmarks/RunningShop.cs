using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Storefront.Sandbox.Postgres;
using Storefront.Web.Checkout;

namespace Storefront.Benchmarks;

/// <summary>
/// The shop, the sandbox's partners and a durable Postgres, each in a process of its own, with nothing in them from another run.
/// </summary>
internal sealed class RunningShop : IAsyncDisposable
{
    private readonly string directory = System.IO.Directory.CreateTempSubdirectory("storefront-benchmark-").FullName;
    private readonly List<Process> processes = [];
    private readonly (string Key, string Value)[] settings;
    private SandboxPostgres? postgres;

    public Uri Shop { get; } = FreeAddress();
    public Uri Partners { get; } = FreeAddress();
    public string Database => postgres!.ConnectionString;

    /// <summary>Gone with the shop.</summary>
    public string Directory => directory;

    private RunningShop((string Key, string Value)[] settings) => this.settings = settings;

    /// <param name="settings">As environment variables.</param>
    public static async Task<RunningShop> StartAsync(TextWriter output, params (string Key, string Value)[] settings)
    {
        var shop = new RunningShop(settings);
        // Other users cannot look into a temporary folder of this one, and Postgres may run as another user.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(shop.directory, (UnixFileMode)0b111_101_101);
        shop.postgres = await SandboxPostgres.StartAsync(shop.directory, output.WriteLine, CancellationToken.None);
        shop.Start(typeof(SandboxPostgres).Assembly.Location, shop.Partners);
        await shop.RunWebAsync("--migrate");
        shop.Start(typeof(PriceList).Assembly.Location, shop.Shop, settings);
        await shop.UntilItAnswersAsync(new Uri(shop.Shop, "health/ready"));
        return shop;
    }

    /// <summary>CPU time so far, in seconds: of the shop, of the partners, and of Postgres.</summary>
    public (double Shop, double Partners, double Postgres) Cpu() =>
        (processes[1].TotalProcessorTime.TotalSeconds, processes[0].TotalProcessorTime.TotalSeconds,
            ServerCpu.Of(ServerCpu.Postmaster(directory)).Seconds);

    /// <summary>Resident memory of the shop, in megabytes.</summary>
    public double Memory()
    {
        processes[1].Refresh();
        return processes[1].WorkingSet64 / 1e6;
    }

    /// <summary>Runs the program to its end, as an operator would.</summary>
    public async Task RunWebAsync(params string[] arguments)
    {
        using var process = Process.Start(Command(typeof(PriceList).Assembly.Location, Shop, arguments, settings))!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"Storefront.Web {string.Join(' ', arguments)} ended with exit code {process.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(processes))
        {
            using (process)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
        }

        if (postgres is not null) await postgres.DisposeAsync();
        System.IO.Directory.Delete(directory, recursive: true);
    }

    private void Start(string program, Uri url, params (string Key, string Value)[] with) =>
        processes.Add(Process.Start(Command(program, url, [], with))!);

    private ProcessStartInfo Command(string program, Uri url, string[] arguments, (string Key, string Value)[] with)
    {
        var command = new ProcessStartInfo("dotnet", [program, .. arguments, "--urls", url.ToString()])
        {
            WorkingDirectory = Path.GetDirectoryName(program)!,
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Benchmark",
                ["ConnectionStrings__Storefront"] = postgres!.ConnectionString,
                ["Sandbox__Enabled"] = "false",
                ["Sandbox__DataDirectory"] = directory,
                ["RateLimits__Enabled"] = "false", // All shoppers share one address.
                ["Telemetry__Prometheus__Url"] = "",
                ["Shop__Currency"] = "GBP",
                ["Logging__LogLevel__Default"] = "Error",
            },
        };
        foreach (var partner in new[] { "Inventory", "Email", "Analytics" })
        {
            command.Environment[$"Partners__{partner}__BaseUrl"] = Partners.ToString();
            command.Environment[$"Partners__{partner}__ApiKey"] = "benchmark";
        }

        foreach (var (key, value) in with) command.Environment[key] = value;
        return command;
    }

    public async Task UntilItAnswersAsync(Uri url)
    {
        using var http = new HttpClient();
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            try
            {
                if ((await http.GetAsync(url)).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) when (watch.Elapsed < TimeSpan.FromSeconds(60))
            {
                // The shop is not up yet.
            }

            if (watch.Elapsed > TimeSpan.FromSeconds(60) || processes.Exists(process => process.HasExited))
                throw new InvalidOperationException($"Nothing came up on {url}.");
        }
    }

    public static Uri FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new Uri($"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}");
    }
}
