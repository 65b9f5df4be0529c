using System.Text;
using System.Text.RegularExpressions;

namespace Storefront.Tests.Security;

/// <summary>Texts that have broken programs before. The tests put them everywhere a request can have text.</summary>
internal static partial class BadInput
{
    private static readonly string[] Texts =
    [
        "", " ", "null", "undefined", "true", "NaN", "Infinity", "-1", "0", "00000", "1e309", "2147483648", "-9223372036854775809",
        "99999999999999999999999999", "1,0", "0x7f", "٣",
        "' or 1=1 --", "'; drop table orders.orders; --", "\" or \"\"=\"", "1; select pg_sleep(5)",
        "1) union select xml from shop.data_protection_keys --", "\\", "%", "%_%", "*", "a & b | !c", "<->", "foo:*",
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "{{7*7}}", "${7*7}", "@(1+1)", "%{(#a)}",
        "../../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data", "//evil.example", "C:\\con",
        "a\0b", "a\r\nSet-Cookie: x=1", "a\u202Eb", "\uFEFF", "😀", "ﷺ", "i\u0307", "ß", "\uFFFF", "Z\u0351\u036B\u0343", "%s%s%n",
        "$(touch x)", "`id`", "| id",
        "0001-01-01", "9999-12-31", "2026-02-30", "0000-00-00", "10000-01-01", "2026-11-28T00:00:00Z", "9223372036854775807",
        "MTIz", "a:b:c",
        "00000000-0000-0000-0000-000000000000", "not-a-guid", "{\"$type\":\"System.IO.FileInfo\"}", "__proto__", new('x', 3000),
    ];

    /// <summary>Names of fields that are none.</summary>
    private static readonly string[] Names =
        ["", " ", "[", "]", "a[", "a]", "a[]", "a[=", "a[b", "a[0].b[", "a.", ".a", "a[b]c", "handler[", "a\0b", "a[😀", new('n', 1000)];

    /// <summary>Every text in every parameter, query and field of this route, and every name beside them.</summary>
    public static IEnumerable<BadRequest> RequestsTo(Route route)
    {
        var plain = Parameter().Replace(route.Pattern, match => match.Value.Contains(":guid", StringComparison.Ordinal)
            ? "00000000-0000-0000-0000-000000000001" : match.Value.Contains(":int", StringComparison.Ordinal) ? "404" : "x");
        foreach (var text in Texts)
        {
            var escaped = Uri.EscapeDataString(text);
            // Kestrel refuses a path with this character before anything of ours runs.
            if (plain != route.Pattern && !text.Contains('\0', StringComparison.Ordinal))
                yield return new("GET", Parameter().Replace(route.Pattern, escaped));
            foreach (var (asked, handler, name) in route.Inputs)
                yield return asked == "GET"
                    ? new("GET", $"{plain}?{(handler.Length == 0 ? "" : $"handler={handler}&")}{name}={escaped}")
                    : new(asked, $"{plain}?handler={handler}", new() { [name] = text });
        }

        foreach (var name in Names)
        {
            yield return new("GET", $"{plain}?{Uri.EscapeDataString(name)}=1");
            foreach (var (asked, handler) in route.Inputs.Select(input => (input.Method, input.Handler)).Distinct())
                if (asked != "GET") yield return new(asked, $"{plain}?handler={handler}", new() { [name] = "1" });
        }

        foreach (var method in new[] { "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "GETT" })
            yield return new(method, plain);
    }

    /// <summary>Pages of Hangfire's dashboard, which has routes of its own.</summary>
    public static IEnumerable<BadRequest> RequestsToDashboard()
    {
        foreach (var text in Texts.Select(Uri.EscapeDataString))
        {
            foreach (var state in new[] { "enqueued/default", "scheduled", "processing", "succeeded", "failed", "deleted", "awaiting" })
            {
                yield return new("GET", $"/admin/jobs/jobs/{state}?from={text}&count=10");
                yield return new("GET", $"/admin/jobs/jobs/{state}?from=0&count={text}");
            }

            if (text.Contains("%00", StringComparison.Ordinal)) continue;
            foreach (var page in new[] { "jobs/details/", "jobs/enqueued/", "jobs/", "recurring/", "js", "css" })
                yield return new("GET", $"/admin/jobs/{page}{text}");
            foreach (var command in new[] { "requeue", "delete" })
            {
                yield return new("POST", $"/admin/jobs/jobs/actions/{command}/{text}", []);
                yield return new("POST", $"/admin/jobs/jobs/actions/{command}/{text}/1", []);
            }

            foreach (var command in new[] { "jobs/failed/requeue", "jobs/failed/delete", "recurring/trigger", "recurring/remove" })
                yield return new("POST", $"/admin/jobs/{command}", new() { ["jobs[]"] = Uri.UnescapeDataString(text) });
        }
    }

    /// <summary>Bodies of orders, and headers.</summary>
    public static IEnumerable<BadRequest> Requests()
    {
        foreach (var json in Bodies()) yield return new("POST", "/api/v1/orders", Json: json);
        foreach (var key in Texts) yield return new("POST", "/api/v1/orders", Json: "{}", Header: ("Idempotency-Key", InAHeader(key)));
        foreach (var header in new[] { "Cookie", "Accept", "Authorization", "Accept-Language", "If-None-Match", "Range",
            "X-HTTP-Method-Override", "traceparent", "X-Forwarded-For", "X-Original-URL", "Content-Type" })
            foreach (var text in Texts.Where((_, i) => i % 6 == 0))
                yield return new("GET", "/", Header: (header, $"storefront-session={InAHeader(text)}; cart={InAHeader(text)}"));
    }

    // Values that a client cannot send in this place are escaped.
    private static string InAHeader(string text) => text.All(c => c is >= ' ' and < '\x7f') ? text : Uri.EscapeDataString(text);

    private static IEnumerable<string> Bodies()
    {
        const string Address = """{"line1":"x","city":"x","postalCode":"x","country":"GB"}""";
        yield return "";
        yield return "null";
        yield return "[]";
        yield return "1";
        yield return "\"x\"";
        yield return "{";
        yield return "{}{}";
        yield return "{\"a\":1,}";
        yield return new string('[', 5000);
        yield return "{\"a\":" + new string('9', 5000) + "}";
        yield return "\uFEFF{}";
        yield return "{\"email\":\"\\ud800\"}";
        yield return "{\"email\":\"a\\u0000@example.com\"}";
        foreach (var quantity in new[] { "0", "-1", "1.5", "1e3", "\"1\"", "null", "true", "[]", "{}", "2147483648", "-2147483649", "1e400",
            "100001", "99999999999999999999" })
            yield return Order($$"""[{"sku":"MUG-OAT","quantity":{{quantity}}}]""");
        foreach (var lines in new[] { "null", "[]", "{}", "[null]", "[[]]", "\"MUG-OAT\"",
            """[{"sku":"MUG-OAT","quantity":1},{"sku":"MUG-OAT","quantity":1}]""", """[{"sku":"MUG-OAT","quantity":1,"quantity":2}]""" })
            yield return Order(lines);
        yield return Order("[" + string.Join(',', Enumerable.Range(0, 1001).Select(i => $$"""{"sku":"S{{i}}","quantity":1}""")) + "]");
        foreach (var more in new[] { "\"price\":1", "\"total\":0", "\"status\":\"placed\"",
            "\"id\":\"00000000-0000-0000-0000-000000000001\"", "\"owner\":\"me\"", "\"__proto__\":{}", "\"$type\":\"System.IO.FileInfo\"",
            "\"email\":\"b@example.com\"" })
            yield return Order("""[{"sku":"MUG-OAT","quantity":1}]""")[..^1] + $",{more}}}";
        yield return Order("""[{"sku":"MUG-OAT","quantity":1,"unitPrice":0.01}]""");
        foreach (var text in Texts)
        {
            var json = System.Text.Json.JsonSerializer.Serialize(text);
            yield return $$"""{"email":{{json}},"name":"x","address":{{Address}},"lines":[{"sku":"MUG-OAT","quantity":1}]}""";
            var address = Address.Replace("\"x\"", json, StringComparison.Ordinal);
            yield return $$"""{"email":"not an address","name":{{json}},"address":{{address}},"lines":[{"sku":{{json}},"quantity":1}]}""";
        }

        static string Order(string lines) => $$"""{"email":"ada@example.com","name":"Ada","address":{{Address}},"lines":{{lines}}}""";
    }

    public static TheoryData<string> OnTheWire =>
    [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "get\0 / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nIdempotency-Key: a\r\nContent-Type: "
            + "application/json\r\n\r\nZZ\r\n",
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: cow\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "GET http://evil.example:99999/ HTTP/1.1\r\nHost: a\r\n\r\n",
    ];

    [GeneratedRegex("{[^}]*}")]
    private static partial Regex Parameter();
}

/// <param name="Form">Sent with a valid token.</param>
internal sealed record BadRequest(
    string Method, string Path, Dictionary<string, string>? Form = null, string? Json = null, (string Name, string Value)? Header = null)
{
    public HttpRequestMessage Message(string token)
    {
        var message = new HttpRequestMessage(new(Method), new Uri(Path, UriKind.Relative));
        if (Form is not null) message.Content = new FormUrlEncodedContent(Form.Append(new("__RequestVerificationToken", token)));
        if (Json is not null) message.Content = new StringContent(Json, Encoding.UTF8, "application/json");
        if (Header is var (name, value)) message.Headers.TryAddWithoutValidation(name, value);
        if (Json is not null && Header is null) message.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        return message;
    }

    public override string ToString() => $"{Method} {Path} {(Form is null ? "" : string.Join('&', Form))} {Json} {Header}";
}
