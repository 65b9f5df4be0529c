using System.Net.Sockets;
using System.Text;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>Whoever sends a form slowly holds a connection for a while, and next to no memory.</summary>
public sealed class SlowFormTests(Shop shop) : IClassFixture<Shop>
{
    private const int Forms = 200;
    private const long MostBytes = 50 * 1024 * 1024;

    [Fact]
    public async Task Two_hundred_forms_that_arrive_slowly_take_little_memory_and_no_page_waits_for_them()
    {
        await using var process = await ShopProcess.OpenAsync(
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", "--Sandbox:Enabled=false", "--Jobs:Workers=0",
            "--Telemetry:Prometheus:Url=", $"--ConnectionStrings:Storefront={shop.ConnectionString}",
            .. new[] { "Inventory", "Email", "Analytics" }.SelectMany(name => new[]
            {
                $"--Partners:{name}:BaseUrl=http://127.0.0.1:1", $"--Partners:{name}:ApiKey=key",
            }),
        ]);
        using var http = new HttpClient { BaseAddress = process.Url };
        for (var n = 0; n < 5; n++) await BrowseAsync(http);
        var before = process.ResidentBytes;

        var slow = new List<TcpClient>();
        for (var n = 0; n < Forms; n++) slow.Add(await BeginAsync(process.Url, length: n % 2 == 0 ? 100_000 : 1_900_000));
        await BrowseAsync(http);

        var more = process.ResidentBytes - before;
        TestContext.Current.TestOutputHelper!.WriteLine($"{Forms} slow forms took {more / 1e6:0} MB.");
        more.ShouldBeLessThan(MostBytes);
        slow.ForEach(one => one.Dispose());
    }

    // All but the last thousand bytes, which never come.
    private static async Task<TcpClient> BeginAsync(Uri shop, int length)
    {
        var client = new TcpClient();
        await client.ConnectAsync(shop.Host, shop.Port);
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                "POST /cart HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + $"Content-Length: {length}\r\n\r\nsku={new string('x', length - 1000)}"));
        }
        catch (IOException)
        {
            // It is too long, and was refused before all of it was sent.
        }

        return client;
    }

    // Enough for the memory that pages take themselves to be in use already.
    private static async Task BrowseAsync(HttpClient http)
    {
        for (var n = 0; n < 40; n++) (await http.GetAsync(n % 2 == 0 ? "/" : "/cart")).EnsureSuccessStatusCode();
    }
}
