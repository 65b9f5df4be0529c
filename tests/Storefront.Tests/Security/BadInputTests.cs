using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

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
        var routes = await Route.AllAsync(shop);
        using var shopper = await PersonAsync(shop.Browser(followRedirects: false));
        var staff = new List<Person>();
        foreach (var role in Roles.All) staff.Add(await PersonAsync(await Staff.BrowserAsync(shop, role)));
        using var member = await PersonAsync(await Staff.BrowserAsync(shop, role: null));
        foreach (var one in staff.Append(member)) await one.Http.GetAsync("/account/authenticator"); // which makes a secret the first time
        var before = await RowsAsync();
        var asked = routes.Where(route => route.Pattern is not "/account/sign-out").SelectMany(route =>
            BadInput.RequestsTo(route).SelectMany((request, n) =>
                (route.IsOfStaff ? n % 40 == 0 ? [.. staff, shopper] : staff
                    : route.IsOfAccounts ? n % 10 == 0 ? [shopper, member, .. staff] : [shopper, member]
                    : n % 10 == 0 ? [shopper, member, .. staff] : [shopper]).Select(person => (person, request))))
            .Concat(BadInput.RequestsToDashboard().SelectMany(request => staff.Select(person => (person, request))))
            .Concat(BadInput.Requests().Select(request => (person: shopper, request))).ToList();
        asked.Count.ShouldBeGreaterThan(2000);

        var (faults, statuses) = (new ConcurrentBag<string>(), new ConcurrentBag<int>());
        await Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (one, cancel) =>
        {
            using var answer = await one.person.Http.SendAsync(one.request.Message(one.person.Token), cancel);
            var text = await answer.Content.ReadAsStringAsync(cancel);
            statuses.Add((int)answer.StatusCode);
            if (FaultIn(answer, text) is { } fault) faults.Add($"{one.request}: {(int)answer.StatusCode} {fault}");
        });

        foreach (var person in staff) person.Dispose();
        var counts = statuses.GroupBy(status => status).OrderBy(group => group.Key).Select(group => $"{group.Count()} × {group.Key}");
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{asked.Count} requests to {routes.Count} routes: {string.Join(", ", counts)}");
        faults.ShouldBeEmpty();
        (await RowsAsync()).ShouldBe(before);
    }

    private static string? FaultIn(HttpResponseMessage answer, string text)
    {
        if ((int)answer.StatusCode >= 500) return "a fault of ours";
        if (Insides().Match(text) is { Success: true } inside) return inside.Value;
        if (text.Contains("<script>alert(1)", StringComparison.Ordinal) || text.Contains("<img src=x", StringComparison.Ordinal))
            return "an unescaped text of the request";
        return Headers.FirstOrDefault(name => !answer.Headers.Contains(name)) is { } missing ? $"without {missing}" : null;
    }

    private static readonly string[] Headers =
        ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy"];

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

    private static async Task<Person> PersonAsync(HttpClient http)
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
                (select 'switches ' || count(*) from orders.switches),
                (select 'gates ' || count(*) from hangfire.storefront_gate),
                (select 'audit ' || string_agg(action || ' ' || subject, ', ') from orders.audit
                    where action not in ('dashboard', 'export')),
                (select 'roles ' || count(*) from shop."AspNetUserRoles"),
                (select 'API keys ' || count(*) || coalesce(md5(string_agg(name || revoked_at, '')), '') from shop.api_clients),
                (select 'schedule ' || count(*) from hangfire.hash where key like 'recurring-job:%' and field = 'Cron'),
                (select 'mail jobs ' || count(*) from hangfire.job where invocationdata::text like '%Email%'))
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    [GeneratedRegex(@"^\s+at \S+\(|\b(?:System|Npgsql|Microsoft\.AspNetCore|Hangfire|Storefront)(?:\.\w+)+(?:Exception|Error)\b|"
        + @"\.cs:line \d+|SQLSTATE|syntax error at", RegexOptions.Multiline)]
    private static partial Regex Insides();

    [GeneratedRegex("__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    private sealed record Person(HttpClient Http, string Token) : IDisposable
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
