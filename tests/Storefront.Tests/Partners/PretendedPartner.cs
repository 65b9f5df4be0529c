using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Storefront.Tests.Partners;

/// <summary>A request as it arrived.</summary>
internal sealed record Request(string Method, string Path, string Query, string? Key, string Body);

/// <summary>The correct answer to a request.</summary>
internal sealed record Good(int Status, string Body);

/// <summary>All partners at one address, on bare sockets, so that an answer can be any bytes at all.</summary>
internal sealed class PretendedPartner : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Task accepting;
    private Broken? broken;
    private bool actsAllTheSame;

    public PretendedPartner()
    {
        listener.Start();
        Url = new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        accepting = AcceptAsync();
    }

    public Uri Url { get; }

    /// <summary>What was accepted: by the id of a reservation or the key of another delivery, the body of each request.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<string>> Accepted { get; } = new();

    public ConcurrentDictionary<string, bool> Released { get; } = new();

    /// <summary>Every request to a partner, in the order of arrival; the test's own control requests are left out.</summary>
    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <param name="acts">Whether it carries the request out before it answers in this way.</param>
    public void Break(Broken answer, bool acts = false) => (broken, actsAllTheSame) = (answer, acts);

    public void Heal() => broken = null;

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = AnswerAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            if (await ReadAsync(stream) is not { } request) return;
            Requests.Enqueue(request);
            var row = broken;
            var good = Answer(request, acts: row is null || actsAllTheSame);
            try
            {
                // A broken answer is made from one with a body.
                var whole = good.Status == 204 ? new(200, """{"status":"released"}""") : good;
                await stream.WriteAsync(row?.Bytes(whole) ?? Raw.Http(good.Status, good.Body));
                client.Client.Shutdown(SocketShutdown.Send);
                // This waits until the client has read the answer. Closing earlier would be a reset, which is another fault.
                while (await stream.ReadAsync(new byte[1024]) > 0) { }
            }
            catch (Exception gone) when (gone is IOException or SocketException)
            {
                // The other side has closed the connection.
            }
        }
    }

    private static async Task<Request?> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            if (await stream.ReadAsync(buffer) is not (> 0 and var count)) return null;
            bytes.AddRange(buffer.AsSpan(0, count));
            var (head, rest) = Parts(Encoding.Latin1.GetString([.. bytes]));
            if (rest is null || Whole(head, rest) is not { } body) continue;
            var target = head.Split(' ')[1].Split('?');
            return new(
                head.Split(' ')[0], target[0], target.ElementAtOrDefault(1) ?? "", Header(head, "Idempotency-Key"),
                Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(body)));
        }
    }

    private static (string Head, string? Body) Parts(string text) =>
        text.Split("\r\n\r\n", 2) is [var head, var rest] ? (head, rest) : (text, null);

    // It is null while the body is incomplete.
    private static string? Whole(string head, string rest)
    {
        if (Header(head, "Transfer-Encoding") is null)
            return rest.Length >= int.Parse(Header(head, "Content-Length") ?? "0", CultureInfo.InvariantCulture) ? rest : null;
        if (!rest.EndsWith("0\r\n\r\n", StringComparison.Ordinal)) return null;
        var body = new StringBuilder();
        for (var at = 0; ;)
        {
            var line = rest.IndexOf("\r\n", at, StringComparison.Ordinal);
            var size = int.Parse(rest[at..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0) return body.ToString();
            body.Append(rest, line + 2, size);
            at = line + 2 + size + 2;
        }
    }

    private static string? Header(string head, string name) => head.Split("\r\n").Skip(1)
        .Select(line => line.Split(": ", 2)).FirstOrDefault(header => header[0].Equals(name, StringComparison.OrdinalIgnoreCase))?[1];

    private Good Answer(Request request, bool acts) => (request.Method, request.Path.Split('/')) switch
    {
        ("PUT", [_, _, "reservations", var id]) when Released.ContainsKey(id) =>
            new(409, """{"title":"Released","status":409,"code":"reservation_released"}"""),
        ("PUT", [_, _, "reservations", var id]) => new(Take(acts, id, request.Body) ? 201 : 200, Reservation(id, request.Body)),
        ("GET", [_, _, "reservations", var id]) => new(200, Reservation(id, Lines(id))),
        ("DELETE", [_, _, "reservations", var id]) => Release(acts, id),
        ("GET", [_, _, "reservations"]) =>
            new(200, $$"""{"data":[{{Reservation("a", """{"lines":[{"sku":"A","quantity":1}]}""")}}],"nextCursor":null}"""),
        ("GET", [_, _, "stock"]) => new(200, $$"""{"data":[{{string.Join(',', Skus(request).Select(Level))}}]}"""),
        ("POST", [_, "emails"]) => new(200, $$"""{"id":"{{MailOf(request, acts)}}"}"""),
        ("GET", [_, "emails", var id]) => new(200, $$"""{"object":"email","id":"{{id}}","last_event":"delivered"}"""),
        ("POST", [_, _, "batch"]) => Track(request, acts),
        ("PUT", [_, _, "members", var member, _, var id]) => new(
            Take(acts, $"loyalty-points/{id}", request.Body) ? 201 : 200,
            Points(member, id, "credited")),
        ("DELETE", [_, _, "members", var member, _, var id]) => Reverse(acts, member, id),
        _ => new(404, """{"code":"not_found","name":"not_found"}"""),
    };

    private Good Reverse(bool acts, string member, string id)
    {
        Take(acts, $"loyalty-reversal/{id}", "");
        return new(200, Points(member, id, "reversed"));
    }

    private static string Points(string member, string entry, string status) =>
        $$"""{"member":"{{member}}","entry":"{{entry}}","points":139,"status":"{{status}}"}""";

    private bool Take(bool acts, string key, string body)
    {
        var isNew = !Accepted.ContainsKey(key);
        if (acts) Accepted.GetOrAdd(key, _ => new()).Enqueue(body);
        return isNew;
    }

    private string MailOf(Request request, bool acts)
    {
        Take(acts, request.Key!, request.Body);
        return $"mail-of-{request.Key!.Replace('/', '-')}";
    }

    private Good Track(Request request, bool acts)
    {
        using var batch = JsonDocument.Parse(request.Body);
        foreach (var tracked in batch.RootElement.GetProperty("batch").EnumerateArray())
            Take(acts, tracked.GetProperty("messageId").GetString()!, tracked.GetRawText());
        return new(200, """{"success":true}""");
    }

    private Good Release(bool acts, string id)
    {
        if (acts) Released[id] = true;
        return new(204, "");
    }

    private string Lines(string id) =>
        Accepted.TryGetValue(id, out var sent) && sent.TryPeek(out var first) ? first : """{"lines":[{"sku":"A","quantity":1}]}""";

    private static IEnumerable<string> Skus(Request request) =>
        request.Query.Split('&').Select(part => Uri.UnescapeDataString(part.Split('=')[1]));

    private static string Level(string sku) =>
        $$"""{"sku":{{JsonSerializer.Serialize(sku)}},"onHand":7,"reserved":0,"available":7}""";

    private static string Reservation(string id, string body)
    {
        using var asked = JsonDocument.Parse(body);
        var lines = asked.RootElement.GetProperty("lines").GetRawText();
        const string At = "2026-11-27T09:00:00Z";
        return $$"""{"id":"{{id}}","status":"held","lines":{{lines}},"createdAt":"{{At}}","updatedAt":"{{At}}"}""";
    }
}
