using System.Net;
using System.Net.Sockets;
using Npgsql;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

/// <summary>The commands of the program, as an operator types them.</summary>
public sealed class CommandTests(Shop shop) : IClassFixture<Shop>
{
    private const string Products = "sku,name,description,price,currency,category,image\nCHAIR-1,Chair,A chair,80.00,EUR,Chairs,\n";

    [Fact]
    public async Task An_import_with_dotnet_run_finds_a_relative_file_and_starts_no_sandbox()
    {
        using var here = new TempFolder();
        await File.WriteAllTextAsync(Path.Combine(here.Path, "products.csv"), Products, TestContext.Current.CancellationToken);
        using var taken = Listen(); // A sandbox would listen on this port.

        var (code, words) = await ShopProcess.RunAsync(
        [
            "run", "--no-build", "-c", ShopProcess.Configuration, "--project", Repository.File("Storefront.Web"),
            "--", "import", "products.csv",
            $"--ConnectionStrings:Storefront={shop.ConnectionString}", $"--Sandbox:Url=http://{taken.LocalEndPoint}",
            $"--Sandbox:DataDirectory={here.Path}/data",
        ], null, here.Path, "dotnet");

        words.ShouldContain("1 rows: 1 added");
        code.ShouldBe(0);
        Directory.Exists(Path.Combine(here.Path, "data")).ShouldBeFalse();
        (await shop.Http.GetAsync("/products/CHAIR-1")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Migrate_accepts_settings_in_any_form_and_position_and_reports_what_it_did()
    {
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "nothing");
        string[] rest = ["--environment", "Production"];

        var (code, words) = await ShopProcess.RunAsync(["--migrate", "--ConnectionStrings:Storefront", database.ConnectionString, .. rest]);
        words.ShouldContain("The database is up to date.");
        code.ShouldBe(0);
        await using (var source = NpgsqlDataSource.Create(database.ConnectionString))
        await using (var count = source.CreateCommand("select count(*) from orders.orders"))
            (await count.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(0L);

        (code, words) = await ShopProcess.RunAsync(["--ConnectionStrings:Storefront", database.ConnectionString, .. rest, "--migrate"]);
        words.ShouldContain("The database is up to date.");
        code.ShouldBe(0);
    }

    [Fact]
    public async Task An_unknown_command_is_refused_before_anything_is_started()
    {
        using var data = new TempFolder();
        var (code, words) = await ShopProcess.RunAsync(["exprot", "--environment=Development", $"--Sandbox:DataDirectory={data.Path}"]);
        code.ShouldBe(1);
        words.ShouldContain("\"exprot\"");
        words.ShouldContain("--help");
        words.ShouldNotContain("   at ");
        Directory.EnumerateFileSystemEntries(data.Path).ShouldBeEmpty();
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }
}
