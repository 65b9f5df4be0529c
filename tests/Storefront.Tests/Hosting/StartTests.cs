using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Storefront.Tests.Support;
using Storefront.Web.Checkout;

namespace Storefront.Tests.Hosting;

/// <summary>A start that cannot succeed ends in sentences that say what to change, all at once, and in exit code 1.</summary>
public sealed class StartTests
{
    private static readonly string[] NoSandbox = ["--environment=Production", "--urls=http://127.0.0.1:0"];

    [Fact]
    public async Task A_start_without_settings_names_the_required_ones()
    {
        var (code, words) = await StartAsync(NoSandbox);
        code.ShouldBe(1);
        words.ShouldContain("Setting ConnectionStrings:Storefront is missing");
        words.ShouldContain("Setting Partners:Inventory:BaseUrl is missing");
        words.ShouldContain("Setting Shop:PublicUrl is missing");
        words.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Every_invalid_setting_is_reported_with_a_sentence()
    {
        var (code, words) = await StartAsync(
        [
            .. NoSandbox, "--ConnectionStrings:Storefront=Hostess=127.0.0.1;Password=secret",
            "--Partners:Inventory:BaseUrl=not-a-url", "--Partners:Email:BaseUrl=http://127.0.0.1:1",
            "--Jobs:Workers=-3", "--Shop:Currency=EURO", "--Jobs:Storage=Stock",
            "--Telemetry:Prometheus:Url=here", "--Alerts:Webhook:Url=http://hooks.example.com/secret",
            "--Alerts:Webhook:Key=secret\n", "--Partners:Inventory:ApiKey=secrét",
        ]);
        code.ShouldBe(1);
        words.ShouldContain("Setting ConnectionStrings:Storefront is no connection string");
        words.ShouldNotContain("secret");
        words.ShouldContain("Setting Partners:Inventory:BaseUrl is \"not-a-url\", which is no absolute http or https address.");
        words.ShouldContain("Setting Telemetry:Prometheus:Url is \"here\", which is no address to listen on");
        words.ShouldContain("Setting Alerts:Webhook:Url is no absolute https address");
        words.ShouldContain("Setting Alerts:Webhook:Key has characters that no HTTP header can carry");
        words.ShouldContain("Setting Partners:Inventory:ApiKey has characters that no HTTP header can carry");
        words.ShouldContain("Setting Partners:Email:ApiKey is missing");
        words.ShouldContain("Setting Partners:Analytics:BaseUrl is missing");
        words.ShouldContain("Setting Shop:Currency is \"EURO\", and must be the code of a currency in ISO 4217");
        words.ShouldContain("Setting Jobs:Workers must be between 0 and 1000.");
        words.ShouldContain("Setting Jobs:Storage is \"Stock\", and there is only one storage of jobs");
    }

    [Fact]
    public async Task An_unreachable_database_is_reported_with_a_sentence()
    {
        var (code, words) =
            await StartAsync(["--environment=Staging", "--urls=http://127.0.0.1:0", "--Sandbox:Enabled=false",
                "--ConnectionStrings:Storefront=Host=127.0.0.1;Port=1;Database=x;Username=y", .. Partners]);
        code.ShouldBe(1);
        words.ShouldContain("Postgres cannot be reached");
    }

    [Fact]
    public async Task A_sandbox_is_refused_in_production()
    {
        var (code, words) = await StartAsync([.. NoSandbox, "--Sandbox:Enabled=true"]);
        code.ShouldBe(1);
        words.ShouldContain("Sandbox:Enabled is true in Production");
    }

    [Fact]
    public async Task Production_refuses_example_secrets_and_unencrypted_partners()
    {
        var (code, words) = await StartAsync(
        [
            .. NoSandbox, "--ConnectionStrings:Storefront=Host=db.example;Database=x;Username=y", "--Admin:Email=admin@example.com",
            "--Admin:Password=short", .. Partners,
            "--Partners:Email:BaseUrl=http://mail.example",
        ]);
        code.ShouldBe(1);
        words.ShouldContain("Setting Partners:Email:BaseUrl is \"http://mail.example\": plain http is for this machine alone");

        (code, words) = await StartAsync(
            [.. NoSandbox, "--ConnectionStrings:Storefront=Host=db.example;Database=x;Username=y", "--Admin:Email=admin@example.com",
                "--Admin:Password=short", .. Partners]);
        code.ShouldBe(1);
        words.ShouldContain("Setting Partners:Email:BaseUrl is not https");
        words.ShouldContain("Setting Partners:Analytics:ApiKey is an example");
        words.ShouldContain("Setting DataProtection:Key is missing");
        words.ShouldContain("Setting Admin:Password is shorter than 15");
        words.ShouldContain("Setting ConnectionStrings:Storefront reaches another machine without demanding TLS");
        words.ShouldNotContain("=short");
    }

    [Fact]
    public async Task An_invalid_data_protection_key_and_an_invalid_proxy_are_refused()
    {
        var (code, words) = await StartAsync(
            [.. NoSandbox, "--ConnectionStrings:Storefront=Host=127.0.0.1;Port=1", .. Partners, "--DataProtection:Key=abc",
                "--Web:Proxies=10.0.0.0/8, gateway"]);
        code.ShouldBe(1);
        words.ShouldContain("Setting DataProtection:Key is not 32 bytes in base64");
        words.ShouldContain("Setting Web:Proxies names \"gateway\"");
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;

        using var data = new TempFolder();
        var (code, words) = await StartAsync(
            ["--environment=Development", $"--urls=http://127.0.0.1:{port}", "--Sandbox:Url=http://127.0.0.1:0",
                $"--Sandbox:DataDirectory={data.Path}"]);
        code.ShouldBe(1);
        words.ShouldContain($"127.0.0.1:{port}");
        words.ShouldContain("--urls");
        words.ShouldNotContain("   at ");
        words.ShouldNotContain("PostgreSQL"); // It was said before anything was started.
        Directory.EnumerateFileSystemEntries(data.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_setting_of_the_wrong_type_is_named_before_anything_is_started()
    {
        using var data = new TempFolder();
        var (code, words) = await StartAsync(
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", $"--Sandbox:DataDirectory={data.Path}",
            "--Partners:Inventory:TotalTimeoutSeconds", "abc", "--Jobs:Workers=-1",
        ]);
        code.ShouldBe(1);
        words.ShouldContain("Setting Partners:Inventory:TotalTimeoutSeconds is \"abc\"");
        words.ShouldContain("Setting Jobs:Workers must be between 0 and 1000.");
        words.ShouldNotContain("   at ");
        Directory.EnumerateFileSystemEntries(data.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pool_too_small_for_the_jobs_is_refused()
    {
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "nothing");
        var (code, words) = await StartAsync(
        [
            "--environment=Staging", "--urls=http://127.0.0.1:0", "--Sandbox:Enabled=false",
            $"--ConnectionStrings:Storefront={database.ConnectionString};Maximum Pool Size=3", .. Partners,
        ]);
        code.ShouldBe(1);
        words.ShouldContain("Maximum Pool Size=3");
        words.ShouldNotContain("   at ");
    }

    /// <summary>Npgsql's multiplexing gives each statement a session that is free, as a pooler in transaction mode does.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:1,")] // Nobody listens there: a host may be away.
    public async Task A_database_behind_a_pooler_in_transaction_mode_is_refused(string otherHost)
    {
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "nothing");
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        if (otherHost.Length > 0) server.Host = $"{otherHost}{server.Host}:{server.Port}";
        var (code, words) = await StartAsync(
        [
            "--migrate", "--environment=Staging", "--urls=http://127.0.0.1:0", "--Sandbox:Enabled=false",
            $"--ConnectionStrings:Storefront={server.ConnectionString};Multiplexing=true;Keepalive=0;Maximum Pool Size=1", .. Partners,
        ]);
        code.ShouldBe(1);
        words.ShouldContain("leads through a pooler in transaction mode");
        words.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_start_that_is_interrupted_reports_no_error()
    {
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "nothing");
        await using var shop = ShopProcess.Begin(
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", "--Sandbox:Enabled=false",
            $"--ConnectionStrings:Storefront={database.ConnectionString}", "--Telemetry:Prometheus:Url=",
            "--Admin:Email=admin@example.com", $"--Admin:Password={Shop.AdminPassword}", .. Partners,
        ]);
        await Eventually.Async(
            () => Task.FromResult(shop.Words), words => words.Contains("applying", StringComparison.Ordinal),
            "it is in the middle of its start");

        await shop.StopAsync();

        (await shop.EndAsync()).ShouldBe(0, shop.Words);
        shop.Words.ShouldNotContain("   at ");
        shop.Words.ShouldNotContain("cannot start");
    }

    private static IEnumerable<string> Partners => new[] { "Inventory", "Email", "Analytics" }
        .SelectMany(name => new[] { $"--Partners:{name}:BaseUrl=http://127.0.0.1:1", $"--Partners:{name}:ApiKey=key" });

    private static async Task<(int Code, string Words)> StartAsync(IEnumerable<string> args)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(PriceList).Assembly.Location, .. args])
        {
            RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath(),
        })!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var words = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(deadline.Token),
            process.StandardError.ReadToEndAsync(deadline.Token));
        await process.WaitForExitAsync(deadline.Token);
        return (process.ExitCode, string.Concat(words));
    }
}
