using System.Net;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

public sealed class ManyNodesTests
{
    [Fact]
    public async Task Five_nodes_that_start_at_once_on_a_new_database_all_serve()
    {
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "nothing");
        string[] args =
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", "--applicationName=Storefront.Web",
            $"--contentRoot={Repository.File("Storefront.Web")}",
            $"--ConnectionStrings:Storefront={database.ConnectionString};Timeout=60;Maximum Pool Size=10",
            "--Sandbox:Enabled=false", "--Jobs:Workers=2",
            "--Admin:Email=admin@example.com", $"--Admin:Password={Shop.AdminPassword}",
            "--Telemetry:Prometheus:Url=", "--Logging:LogLevel:Default=Critical",
            .. new[] { "Inventory", "Email", "Analytics" }.SelectMany(name =>
                new[] { $"--Partners:{name}:BaseUrl=http://127.0.0.1:1", $"--Partners:{name}:ApiKey=none" }),
        ];

        var starting = Enumerable.Range(0, 5).Select(_ => RunningProgram.StartAsync(args)).ToList();
        await Task.WhenAny(Task.WhenAll(starting)); // The loop below says which ones failed.

        using var http = new HttpClient();
        foreach (var node in starting.Where(node => node.IsCompletedSuccessfully))
        {
            await using var open = await node;
            (await http.GetAsync(new Uri(open.Url, "/products/MUG-OAT"), TestContext.Current.CancellationToken))
                .StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        starting.ShouldAllBe(node => node.IsCompletedSuccessfully);
    }
}
