using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using static Storefront.Tests.Partners.Becomes;
using static Storefront.Tests.Partners.Raw;

namespace Storefront.Tests.Partners;

/// <summary>How the shop understands an answer, and so what happens to the order, its mail and its event.</summary>
internal enum Becomes
{
    /// <summary>
    /// The order stays <c>reserving</c>, the delivery <c>pending</c>: the same is asked again under the same key. A question (for a state,
    /// for stock) stays unanswered.
    /// </summary>
    InDoubt,

    /// <summary>The order is <c>placed</c>, the delivery <c>delivered</c>.</summary>
    Yes,

    /// <summary>The order is <c>failed</c> or <c>rejected</c>, the delivery <c>dead</c>, with the partner's words.</summary>
    No,

    /// <summary>The request is repeated later, and no attempt is used up. The shopper is told that nothing was ordered.</summary>
    Wait,
}

/// <param name="Answer">What is wrong with it.</param>
/// <param name="Bytes">Makes the broken answer from the right one.</param>
/// <param name="Order">How it is understood by the reservation, and by every other call to Inventory.</param>
/// <param name="Mail">How it is understood by a mail.</param>
/// <param name="Event">How it is understood by an event: the status decides, unless the body is an HTML page.</param>
internal sealed record Broken(
    string Answer, Func<Good, byte[]> Bytes, Becomes Order = InDoubt, Becomes Mail = InDoubt, Becomes Event = InDoubt);

/// <summary>The table of answers that are in no contract, and how the shop understands each.</summary>
internal static class BrokenAnswers
{
    private const string Html =
        "<!doctype html><html><head><title>Back soon</title></head><body><h1>We are being maintained</h1></body></html>";

    /// <summary>The right status with a wrong body.</summary>
    public static readonly IReadOnlyList<Broken> Bodies =
    [
        Body("a page of HTML", _ => Html) with { Event = InDoubt },
        Body("nothing", _ => ""),
        Body("white space", _ => " \r\n "),
        Body("null", _ => "null"),
        Body("an empty list", _ => "[]"),
        Body("an empty object", _ => "{}"),
        Body("true", _ => "true"),
        Body("a number", _ => "42"),
        Body("a word", _ => "\"held\""),
        Body("OK", _ => "OK"),
        Body("the right object in a list", good => $"[{good}]"),
        Body("the right object within another", good => $$"""{"data":{{good}}}"""),
        Body("JSON that breaks off", good => good[..(good.Length / 2)]),
        Body("all but the last brace", good => good[..^1]),
        Body("the right object and more", good => good + "x"),
        Body("the right object twice", good => good + good),
        Body("a comma too many", good => good[..^1] + ",}"),
        Body("a comment", good => "/* ok */" + good),
        Body("single quotes", good => good.Replace('"', '\'')),
        Body("members in capitals", good => good.ToUpperInvariant()),
        Body("nested too deep", _ => new string('[', 5000)),
        Body("NUL", _ => "\0\0\0\0"),
        Body("the words of an error", _ => """{"title":"Oops","status":500,"code":"internal","name":"internal","message":"Oops"}"""),
        Encoded("a byte order mark", good => Http(good.Status, [0xEF, 0xBB, 0xBF, .. Utf8(good.Body)])),
        Encoded("UTF-16, and says so", good => Http(good.Status, Encoding.Unicode.GetBytes(good.Body), "application/json; charset=utf-16")),
        Encoded("UTF-16, and does not say so", good => Http(good.Status, Encoding.Unicode.GetBytes(good.Body))),
        Encoded("Latin-1 by its own word", good => Http(good.Status, Utf8(good.Body), "application/json; charset=iso-8859-1")),
        Encoded("a character set nobody knows", good => Http(good.Status, Utf8(good.Body), "application/json; charset=klingon")),
        Encoded("bytes that are no UTF-8", good => Http(good.Status, [.. Utf8(good.Body[..^1] + ",\"note\":\""), 0xFF, 0xC0, .. "\"}"u8])),
        Encoded("gzip, and says so", good => Http(good.Status, Gzip(good.Body), headers: "Content-Encoding: gzip")),
        Encoded("gzip, and does not say so", good => Http(good.Status, Gzip(good.Body))),
        Encoded("says gzip, and is not", good => Http(good.Status, Utf8(good.Body), headers: "Content-Encoding: gzip")),
        Encoded("gzip that breaks off", good => Http(good.Status, Gzip(good.Body)[..10], headers: "Content-Encoding: gzip")),
        Encoded("says br, and is not", good => Http(good.Status, Utf8(good.Body), headers: "Content-Encoding: br")),
        Body("64 KB of spaces before it", good => new string(' ', 64 * 1024) + good),
        Body("64 KB in a member nobody asked for", good => $$"""{{good[..^1]}},"note":"{{new string('x', 64 * 1024)}}"}"""),
        Body("a megabyte of HTML", _ => Html + new string(' ', 1024 * 1024)) with { Event = InDoubt },
    ];

    /// <summary>A status, or a whole message, that is not in the contract.</summary>
    public static readonly IReadOnlyList<Broken> Messages =
    [
        Status(202, @event: Yes), Status(203, @event: Yes), Status(204, @event: Yes), Status(205, @event: Yes),
        Status(206, @event: Yes), Status(226, @event: Yes), Status(299, @event: Yes),
        Status(300), Status(304), Status(399),
        Bytes("301 to elsewhere", good => Http(301, Utf8(good.Body), headers: "Location: http://127.0.0.1:1/elsewhere")),
        Bytes("302 to a page", _ => Http(302, Utf8(Html), "text/html", "Location: /login")),
        Bytes("307 to elsewhere", _ => Http(307, [], headers: "Location: http://127.0.0.1:1/elsewhere")),
        Html4(400), Html4(401), Html4(402), Html4(403), Html4(404), Html4(405), Html4(407), Html4(408), Html4(409), Html4(410), Html4(411),
        Html4(413), Html4(415), Html4(421), Html4(422), Html4(423), Html4(425), Html4(426), Html4(431), Html4(451), Html4(499),
        Bytes("401 and nothing", _ => Http(401, "")),
        Bytes("403 and nothing", _ => Http(403, "")),
        Bytes("403 in a gateway's words", _ => Http(403, """{"message":"Forbidden"}""")),
        Bytes("404 in a gateway's words", _ => Http(404, """{"error":"no route"}""")),
        Bytes("409 in a word nobody knows", _ => Http(409, Refusal("moon_phase"))),
        Bytes("409, the first call is under way", _ => Http(409, Refusal("concurrent_idempotent_requests")), mail: Wait),
        Bytes("409, the key was used otherwise", _ => Http(409, Refusal("invalid_idempotent_request")), mail: No),
        Bytes("422 in a word that is null", _ => Http(422, """{"code":null,"name":null,"success":null}""")),
        Bytes("422 in a word that is a number", _ => Http(422, """{"code":7,"name":7,"success":0}""")),
        Bytes("422 in a word that is empty", _ => Http(422, """{"code":"","name":"","success":"false"}""")),
        Bytes("422 in a word that is a sentence", _ => Http(
            422, """{"code":"ada@example.com is not known","name":"ada@example.com is not known"}""")),
        Bytes("422 in two words", _ => Http(422, """{"code":"a","code":"b","name":"a","name":"b","success":false,"success":true}""")),
        Bytes("422 in a list", _ => Http(422, $"[{Refusal("refused")}]")),
        Bytes("422 that breaks off", _ => Http(422, Refusal("refused")[..20])),
        Bytes("400 in the partner's words", _ => Http(400, Refusal("malformed_request")), No, No, No),
        Bytes("401 in the partner's words", _ => Http(401, Refusal("unauthorized")), No, No, No),
        Bytes("403 in the partner's words", _ => Http(403, Refusal("restricted")), No, No, No),
        Bytes("422 in the partner's words", _ => Http(422, Refusal("unprocessable")), No, No, No),
        Later(""), Later("Retry-After: soon"), Later("Retry-After: -5"), Later("Retry-After: 0"), Later("Retry-After: 1.5"),
        Later("Retry-After: 99999999999999999999"), Later("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"),
        Later("Retry-After: Wed, 21 Oct 2099 07:28:00 GMT"), Later("Retry-After: 1\r\nRetry-After: 2"),
        Status(500), Status(501), Status(502), Status(503), Status(504), Status(505), Status(507), Status(520), Status(599),
        Bytes("503 and \"later\"", _ => Http(503, Utf8(Html), "text/html", "Retry-After: later")),
        Bytes("a status of two digits", _ => Utf8("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n")),
        Bytes("a status that is a word", _ => Utf8("HTTP/1.1 OK OK\r\nContent-Length: 0\r\n\r\n")),
        Bytes("100 and the end", _ => Utf8("HTTP/1.1 100 Continue\r\n\r\n")),
        Bytes("103 and the end", _ => Utf8("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")),
        Bytes("101, another protocol", _ => Utf8("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")),
        Bytes("the end of the connection", _ => []),
        Bytes("another protocol altogether", _ => Utf8("SSH-2.0-OpenSSH_9.6\r\n")),
        Bytes("headers that break off", good => Http(good.Status, good.Body)[..30]),
        Bytes("a header of 100 KB", good => Http(good.Status, Utf8(good.Body), headers: "X-Note: " + new string('x', 100 * 1024))),
    ];

    /// <summary>The body is cut off.</summary>
    public static readonly IReadOnlyList<Broken> Cut =
    [
        Bytes("a length beyond the body's", good => Utf8(
            $"HTTP/1.1 {good.Status} OK\r\nContent-Type: application/json\r\nContent-Length: {good.Body.Length + 10}\r\n\r\n{good.Body}")),
        Bytes("a chunk that breaks off", good => Utf8(
            $"HTTP/1.1 {good.Status} OK\r\nTransfer-Encoding: chunked\r\n\r\n{good.Body.Length + 5:x}\r\n{good.Body}")),
        Bytes("no last chunk", good => Utf8(
            $"HTTP/1.1 {good.Status} OK\r\nTransfer-Encoding: chunked\r\n\r\n{good.Body.Length:x}\r\n{good.Body}\r\n")),
        Bytes("a chunk of no size", good => Utf8(
            $"HTTP/1.1 {good.Status} OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n{good.Body}\r\n0\r\n\r\n")),
    ];

    /// <summary>A reservation that is not the one that was asked for.</summary>
    public static readonly IReadOnlyList<Broken> Reservations =
    [
        Instead("of another id", "\"id\":\"", "\"id\":\"0"), Instead("without an id", "\"id\":", "\"ID\":"),
        Instead("whose id is null", "\"id\":\"", "\"id\":null,\"was\":\""),
        Instead("whose id is a number", "\"id\":\"", "\"id\":1,\"was\":\""),
        Instead("whose id is empty", "\"id\":\"", "\"id\":\"\",\"was\":\""), Instead("with two ids", "\"id\":", "\"id\":\"other\",\"id\":"),
        Instead("that is released", "\"held\"", "\"released\""), Instead("in a state nobody knows", "\"held\"", "\"frozen\""),
        Instead("held in capitals", "\"held\"", "\"HELD\""), Instead("in no state", "\"held\"", "null"),
        Instead("in the state 1", "\"held\"", "1"), Instead("in two states", "\"status\":", "\"status\":\"released\",\"status\":"),
        Instead("whose lines are null", "\"lines\":", "\"lines\":null,\"were\":"),
        Instead("without lines", "\"lines\":", "\"were\":"), Instead("with an empty line", "\"lines\":[", "\"lines\":[null,"),
        Instead("with a line more", "\"lines\":[", "\"lines\":[{\"sku\":\"MORE\",\"quantity\":1},"),
        Instead("of another quantity", "\"quantity\":1", "\"quantity\":2"),
        Instead("of less than nothing", "\"quantity\":1", "\"quantity\":-1"),
        Instead("of a quantity in words", "\"quantity\":1", "\"quantity\":\"1\""),
        Instead("of half a piece", "\"quantity\":1", "\"quantity\":0.5"),
        Instead("of more than there are numbers", "\"quantity\":1", "\"quantity\":99999999999999"),
        Instead("of another product", "\"sku\":\"", "\"sku\":\"X"),
        Instead("of a product that is no text", "\"sku\":\"", "\"sku\":\"\\ud800"),
    ];

    /// <summary>A "sold out" whose shortfalls are impossible.</summary>
    public static readonly IReadOnlyList<Broken> Shortfalls =
    [
        Short("null", "null"), Short("of nothing in it", "[null]"),
        Short("of a product that was not asked for", """[{"sku":"OTHER","requested":1,"available":0}]"""),
        Short("of less than nothing", """[{"sku":"$SKU","requested":1,"available":-3}]"""),
        Short("in words", """[{"sku":"$SKU","requested":"one","available":"none"}]"""),
        Short("of the same line twice", """
            [{"sku":"$SKU","requested":1,"available":0},{"sku":"$SKU","requested":1,"available":0}]
            """),
        Short("that is an object", "{}"),
    ];

    /// <summary>A mail's answer without the id of a mail.</summary>
    public static readonly IReadOnlyList<Broken> MailIds =
    [
        Is("no id", """{"ID":"1"}"""), Is("an id that is null", """{"id":null}"""), Is("an empty id", """{"id":""}"""),
        Is("a blank id", """{"id":" "}"""), Is("an id that is a number", """{"id":7}"""),
        Is("an id that is a list", """{"id":["1"]}"""), Is("an id that is an object", """{"id":{"id":"1"}}"""),
        Is("two ids", """{"id":"1","id":"2"}"""), Is("an id of 1000 letters", $$"""{"id":"{{new string('x', 1000)}}"}"""),
        Is("an id with NUL", """{"id":"1\u0000"}"""), Is("half a letter as its id", """{"id":"\ud800"}"""),
        Is("the ids of a batch", """{"data":[{"id":"1"}]}"""),
    ];

    /// <summary>An entry that was not asked for.</summary>
    public static readonly IReadOnlyList<Broken> Points =
    [
        Body("of another entry", good => With(good, "entry", $"\"{Guid.NewGuid()}\"")),
        Body("of another member", good => With(good, "member", $"\"{Guid.NewGuid()}\"")),
        Body("other points", good => With(good, "points", "140")), Body("points as text", good => With(good, "points", "\"139\"")),
        Body("a status nobody knows", good => With(good, "status", "\"lent\"")), Body("no status", good => With(good, "status", "null")),
        Body("reversed, and the order is not cancelled", good => With(good, "status", "\"reversed\"")),
    ];

    /// <summary>An entry that is not reversed, or was not asked for.</summary>
    public static readonly IReadOnlyList<Broken> Reversals =
    [
        Body("of another entry", good => With(good, "entry", $"\"{Guid.NewGuid()}\"")),
        Body("of another member", good => With(good, "member", $"\"{Guid.NewGuid()}\"")),
        Body("credited", good => With(good, "status", "\"credited\"")), new("201", good => Http(201, good.Body)),
    ];

    /// <summary>A mail's state that does not exist, or that belongs to another mail.</summary>
    public static readonly IReadOnlyList<Broken> MailStates =
    [
        Is("no state", """{"id":"mail-1"}"""), Is("a state that is null", """{"id":"mail-1","last_event":null}"""),
        Is("a state nobody knows", """{"id":"mail-1","last_event":"teleported"}"""),
        Is("a state that is a number", """{"id":"mail-1","last_event":3}"""),
        Is("another mail's state", """{"id":"mail-2","last_event":"delivered"}"""),
        Is("two states", """{"id":"mail-1","last_event":"bounced","last_event":"delivered"}"""),
        Is("nobody's state", """{"last_event":"delivered"}"""),
    ];

    /// <summary>Levels of stock that are impossible.</summary>
    public static readonly IReadOnlyList<Broken> Levels =
    [
        Instead("less than nothing", "\"available\":7", "\"available\":-3"), Instead("no level", "\"available\":", "\"left\":"),
        Instead("a level that is null", "\"available\":7", "\"available\":null"),
        Instead("a level in words", "\"available\":7", "\"available\":\"7\""),
        Instead("half a piece", "\"available\":7", "\"available\":7.5"),
        Instead("more than there are numbers", "\"available\":7", "\"available\":99999999999"),
        Instead("two levels", "\"available\":7", "\"available\":7,\"available\":8"),
        Instead("no SKU", "\"sku\":", "\"SKU\":"), Instead("a SKU that is null", "\"sku\":\"", "\"sku\":null,\"was\":\""),
        Instead("no list", "{\"data\":", "{\"items\":"), Is("a list that is null", """{"data":null}"""),
        Is("an empty list of products", """{"data":[]}"""), Is("nothing in the list", """{"data":[null]}"""),
        Body("every product twice", good => $$"""{"data":[{{good[9..^2]}},{{good[9..^2]}}]}"""),
        Instead("other products", "\"sku\":\"", "\"sku\":\"X-"),
    ];

    /// <summary>A page of a list that never ends, or a body that is no such page.</summary>
    public static readonly IReadOnlyList<Broken> Lists =
    [
        Instead("the same page for ever", "\"nextCursor\":null", "\"nextCursor\":\"again\""),
        Is("nothing, and so on", """{"data":[],"nextCursor":"more"}"""),
        Instead("a cursor that is a number", "\"nextCursor\":null", "\"nextCursor\":1"), Is("no word of an end", """{"data":[]}"""),
        Is("a list that is null", """{"data":null,"nextCursor":null}"""),
        Is("nothing in the list", """{"data":[null],"nextCursor":null}"""),
    ];

    public static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress)) gzip.Write(Utf8(text));
        return packed.ToArray();
    }

    private static Broken Bytes(
        string answer, Func<Good, byte[]> bytes, Becomes order = InDoubt, Becomes mail = InDoubt, Becomes @event = InDoubt) =>
        new(answer, bytes, order, mail, @event);

    private static string With(string body, string member, string value) =>
        Regex.Replace(body, $"\"{member}\":(\"[^\"]*\"|[0-9]+)", $"\"{member}\":{value}");

    private static Broken Body(string answer, Func<string, string> body) =>
        new(answer, good => Http(good.Status, body(good.Body)), Event: Yes);

    private static Broken Encoded(string answer, Func<Good, byte[]> bytes) => new(answer, bytes, Event: Yes);

    private static Broken Is(string answer, string body) => Body(answer, _ => body);

    private static Broken Instead(string answer, string right, string wrong) => Body(answer, good => good.Replace(right, wrong));

    private static Broken Status(int status, Becomes @event = InDoubt) =>
        new($"{status} with the right body", good => Http(status, good.Body), Event: @event);

    private static Broken Html4(int status) => new($"{status} and a page of HTML", _ => Http(status, Utf8(Html), "text/html"));

    private static Broken Later(string header) => new(
        $"429, {(header.Length > 0 ? header.Replace("\r\n", ", ") : "and no word of when")}",
        _ => Http(429, Utf8(Refusal("rate_limited")), headers: header), Wait, Wait, Wait);

    private static Broken Short(string answer, string shortfalls) => new(
        $"shortfalls: {answer}",
        good => Http(409, SoldOut(shortfalls.Replace("$SKU", good.Body.Split("\"sku\":\"")[1].Split('"')[0]))),
        shortfalls == "null" ? No : InDoubt);

    private static string SoldOut(string shortfalls) =>
        $$"""{"title":"Sold out","status":409,"code":"insufficient_stock","shortfalls":{{shortfalls}}}""";

    private static string Refusal(string word) =>
        $$"""{"title":"No","status":400,"code":"{{word}}","name":"{{word}}","message":"No.","success":false}""";
}

/// <summary>Answers as bytes on the wire.</summary>
internal static class Raw
{
    public static byte[] Http(int status, string body) => Http(status, Utf8(body));

    public static byte[] Http(int status, byte[] body, string type = "application/json", string headers = "")
    {
        var length = status is 204 or 304 ? "" : $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n";
        var head = Utf8($"HTTP/1.1 {status} Said\r\nConnection: close\r\n{length}{(headers.Length > 0 ? headers + "\r\n" : "")}\r\n");
        return status is 204 or 304 ? head : [.. head, .. body];
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
