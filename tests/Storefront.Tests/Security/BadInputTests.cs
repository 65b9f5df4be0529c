using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>
/// Whatever people, scanners and broken clients send, every route answers without a server error, and nothing changes
/// by it.
/// </summary>
public sealed partial class BadInputTests(BadInputTests.ShopWithOneOrder shop) : IClassFixture<BadInputTests.ShopWithOneOrder>
{
    [Fact]
    public async Task Bad_input_causes_no_server_error_reveals_nothing_internal_and_changes_no_row()
    {
        var before = await RowsAsync();
        using var shopper = await ProbeAsync(shop.Browser(followRedirects: false));
        using var staff = await ProbeAsync(await Staff.SignInAsync(shop, "admin@example.com", Shop.AdminPassword));
        var requests = BadInput.Requests(Routes()).ToList();
        requests.Count.ShouldBeGreaterThan(500);

        var faults = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (request, cancel) =>
        {
            var probe = request.Path.StartsWith("/admin", StringComparison.Ordinal) ? staff : shopper;
            using var answer = await probe.Http.SendAsync(request.Message(probe.Token), cancel);
            var text = await answer.Content.ReadAsStringAsync(cancel);
            if ((int)answer.StatusCode >= 500 || Insides().IsMatch(text))
                faults.Add($"{request}: {answer.StatusCode} {Insides().Match(text).Value}");
        });

        faults.ShouldBeEmpty();
        (await RowsAsync()).ShouldBe(before);
    }

    [Theory]
    [MemberData(nameof(BadInput.OnTheWire), MemberType = typeof(BadInput))]
    public async Task Malformed_HTTP_is_refused(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(shop.Http.BaseAddress!.Host, shop.Http.BaseAddress.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        socket.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync();
        (answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal)
            || answer.StartsWith("HTTP/1.1 505", StringComparison.Ordinal)).ShouldBeTrue(answer);
        Insides().IsMatch(answer).ShouldBeFalse(answer);
    }

    private IEnumerable<string> Routes() => shop.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is null)
        .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/')).Distinct();

    private static async Task<Probe> ProbeAsync(HttpClient http)
    {
        var form = await http.GetStringAsync("/account/sign-out");
        return new(http, Token().Match(form).Groups[1].Value);
    }

    /// <summary>The content of every table that a request could change, without the rows that background work writes.</summary>
    private async Task<string> RowsAsync()
    {
        await using var command = shop.Database.CreateCommand("""
            select concat_ws(E'\n',
                (select 'orders ' || count(*) || md5(string_agg(o::text, '' order by id)) from orders.orders o),
                (select 'lines ' || count(*) || md5(string_agg(l::text, '' order by order_id, sku)) from orders.lines l),
                (select 'deliveries ' || count(*) || md5(string_agg(d::text, '' order by order_id, effect)) from orders.deliveries d),
                (select 'products ' || count(*) || md5(string_agg(p::text, '' order by sku)) from shop.products p),
                (select 'people ' || count(*) || md5(string_agg(u::text, '' order by id)) from shop."AspNetUsers" u),
                (select 'roles ' || count(*) from shop."AspNetUserRoles"),
                (select 'mail jobs ' || count(*) from hangfire.job where invocationdata::text like '%Email%'))
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    [GeneratedRegex(@"^\s+at \S+\(|\b(?:System|Npgsql|Microsoft\.AspNetCore|Hangfire|Storefront)(?:\.\w+)+(?:Exception|Error)\b|"
        + @"\.cs:line \d+|SQLSTATE|syntax error at", RegexOptions.Multiline)]
    private static partial Regex Insides();

    [GeneratedRegex("__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    private sealed record Probe(HttpClient Http, string Token) : IDisposable
    {
        public void Dispose() => Http.Dispose();
    }

    /// <summary>A shop with one order, which no bad input may change.</summary>
    public sealed class ShopWithOneOrder : Shop
    {
        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            var id = (await (await Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).JsonAsync()).Id();
            await Http.UntilAsync(id,
                order => order.Delivery("order-confirmation") == "delivered" && order.Delivery("order-placed-event") == "delivered",
                "nothing is under way any more");
        }
    }
}
