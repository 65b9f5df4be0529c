using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Sandbox.Partners;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

/// <summary>A sandbox that already runs is used. The shop does not start another one on its port and data.</summary>
public sealed class SandboxInUseTests
{
    [Fact]
    public async Task A_shop_uses_a_sandbox_that_already_runs_at_its_address()
    {
        using var data = new TempFolder();
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "nothing");
        await using var sandbox = await SandboxPartners.StartAsync(
            new Uri("http://127.0.0.1:0"), data.Path, [], TestContext.Current.CancellationToken);

        await using var shop = await RunningProgram.StartAsync(
            "--environment=Development", "--urls=http://127.0.0.1:0", "--applicationName=Storefront.Web",
            $"--contentRoot={Repository.File("Storefront.Web")}", $"--ConnectionStrings:Storefront={database.ConnectionString}",
            $"--Sandbox:Url={sandbox.Url}", $"--Sandbox:DataDirectory={data.Path}",
            "--Jobs:Workers=4", "--Telemetry:Prometheus:Url=", "--Logging:LogLevel:Default=Critical");

        using var http = new HttpClient { BaseAddress = shop.Url };
        var id = (await (await http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).JsonAsync()).Id();
        var order = await http.UntilAsync(id, order => order.Delivery("order-confirmation") == "delivered", "the mail is delivered");
        order.Status().ShouldBe("placed"); // The shop has added the sample stock that the sandbox lacked.
        shop.Services.GetRequiredService<IConfiguration>()["Partners:Email:BaseUrl"].ShouldBe(sandbox.Url.ToString());
    }
}
