using System.Net;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

/// <summary>Shell variables for Postgres's own tools do not change the shop's sessions.</summary>
public sealed class ShellEnvironmentTests(Shop shop) : IClassFixture<Shop>
{
    public static TheoryData<string, string> Variables => new()
    {
        { "PGCLIENTENCODING", "LATIN1" },
        { "PGOPTIONS", "-c default_transaction_read_only=on -c search_path=nowhere -c datestyle=German" },
        { "PGTZ", "Asia/Kathmandu" },
        { "PGTARGETSESSIONATTRS", "standby" },
    };

    [Theory]
    [MemberData(nameof(Variables))]
    public async Task A_shop_delivers_a_mail_whatever_environment_variables_the_shell_sets(string variable, string value)
    {
        await using var process = await ShopProcess.OpenAsync(
        [
            "--environment=Staging", "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Storefront={shop.ConnectionString}",
            "--Jobs:Workers=4", "--Telemetry:Prometheus:Url=", "--RateLimits:Enabled=false", .. PartnerSettings(),
        ], new Dictionary<string, string?> { [variable] = value });
        using var http = new HttpClient { BaseAddress = process.Url };
        await shop.Partners.SetStockAsync(Goods.Mug, 100);

        var answer = await http.PlaceAsync(new
        {
            email = "grzegorz@example.com", name = "Grzegorz Brzęczyszczykiewicz — 葛",
            lines = new[] { new { sku = Goods.Mug, quantity = 1 } },
            address = new { line1 = "Żelazna 1", city = "Łódź", postalCode = "90-001", country = "PL" },
        });

        answer.StatusCode.ShouldBe(HttpStatusCode.Created, process.Words);
        var id = (await answer.JsonAsync()).Id();
        await using var stored = shop.Database.CreateCommand($"select name from orders.orders where id = '{id}'");
        (await stored.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe("Grzegorz Brzęczyszczykiewicz — 葛");
        await http.UntilAsync(
            id, order => order.Delivery("order-confirmation") == "delivered" && order.Delivery("order-placed-event") == "delivered",
            "mail and event are delivered");
    }

    [Fact]
    public async Task Without_a_home_folder_the_start_logs_no_warning()
    {
        await using var process = await ShopProcess.OpenAsync(
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Storefront={shop.ConnectionString}",
            "--Sandbox:Enabled=false", "--Admin:Email=admin@example.com", $"--Admin:Password={Shop.AdminPassword}",
            "--Jobs:Workers=0", "--Telemetry:Prometheus:Url=", .. PartnerSettings(),
        ], new Dictionary<string, string?> { ["HOME"] = null, ["DOTNET_CLI_HOME"] = null });
        process.Words.ShouldNotContain("warn:");
    }

    private IEnumerable<string> PartnerSettings() => new[] { "Inventory", "Email", "Analytics" }
        .SelectMany(name => new[] { $"--Partners:{name}:BaseUrl={shop.Partners.Url}", $"--Partners:{name}:ApiKey=test-key" });
}
