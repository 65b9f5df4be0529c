using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Storefront.Tests.Support;
using Storefront.Web.Checkout;

namespace Storefront.Tests.Telemetry;

/// <summary>The log of a process in Production.</summary>
public sealed class LogTests(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task In_Production_each_log_line_is_JSON_with_the_trace_and_the_order()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet",
        [
            typeof(PriceList).Assembly.Location, "--environment=Production", "--urls=http://127.0.0.1:0", "--Jobs:Workers=0",
            "--Telemetry:Prometheus:Url=",
            $"--ConnectionStrings:Storefront={shop.ConnectionString}", "--Shop:PublicUrl=https://shop.example",
            $"--DataProtection:Key={Convert.ToBase64String(new byte[32])}",
            .. new[] { "Inventory", "Email", "Analytics" }.SelectMany(
                name => new[] { $"--Partners:{name}:BaseUrl=https://127.0.0.1:1", $"--Partners:{name}:ApiKey=its-own" }),
        ])
        {
            RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath(),
        })!;
        try
        {
            var open = await SaidAsync(process, "Open on");
            using var http = new HttpClient { BaseAddress = new Uri(open.GetProperty("State").GetProperty("Url").GetString()!) };
            (await http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

            var line = await SaidAsync(process, "Inventory could not be asked");

            line.GetProperty("LogLevel").GetString().ShouldBe("Critical");
            var scopes = line.GetProperty("Scopes").EnumerateArray().ToList();
            Scoped("TraceId").Length.ShouldBe(32);
            Scoped("OrderId").ShouldBe(line.GetProperty("State").GetProperty("OrderId").GetString());

            string Scoped(string name) => scopes.Single(scope => scope.TryGetProperty(name, out _)).GetProperty(name).GetString()!;
        }
        finally
        {
            process.Kill();
        }
    }

    // Every line before it has to be JSON.
    private static async Task<JsonElement> SaidAsync(Process process, string words)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var line = JsonDocument.Parse((await process.StandardOutput.ReadLineAsync(deadline.Token)).ShouldNotBeNull()).RootElement;
            if (line.GetProperty("Message").GetString()!.StartsWith(words, StringComparison.Ordinal)) return line;
        }
    }
}
