using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Load;

/// <summary>
/// Shoppers in a closed loop: each makes a key, orders, and repeats the same under the same key, at any node, until the answer is definite.
/// </summary>
internal sealed class Shoppers(IReadOnlyList<Door> doors, History history, string prefix, int seed)
{
    /// <summary>Plenty of each is in stock, so that only a scenario about scarcity sells out.</summary>
    public static readonly string[] Goods = ["MUG-OAT", "MUG-INK", "BOWL-BRK", "PLATE-26"];

    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(8);

    private readonly HttpClient http =
        new(new SocketsHttpHandler { UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(1) }) { Timeout = AttemptTimeout };
    private int made;
    private int serverErrors;
    private int attempts;
    private int unanswered;

    /// <summary>How long a shopper repeats an unanswered wish.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two wishes of one shopper.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Answers that said that something is wrong with the shop itself.</summary>
    public int ServerErrors => Volatile.Read(ref serverErrors);

    /// <summary>Attempts that ended without an answer: refused, reset, or not heard of in time.</summary>
    public int Unanswered => Volatile.Read(ref unanswered);

    public int Attempts => Volatile.Read(ref attempts);

    public int Made => Volatile.Read(ref made);

    /// <summary>Runs until told to stop; wishes begun by then are brought to their end.</summary>
    public Task RunAsync(int count, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
    {
        var random = new Random(unchecked(seed * 1000 + number));
        while (!stop.IsCancellationRequested)
        {
            await PlaceAsync(random);
            await Task.WhenAny(Task.Delay(Pause, stop));
        }
    }));

    public Task<Wish> PlaceAsync(Random random)
    {
        WishedLine[] lines =
            [.. Goods.OrderBy(_ => random.Next()).Take(random.Next(1, 4)).Select(sku => new WishedLine(sku, random.Next(1, 4)))];
        return PlaceAsync(lines, random);
    }

    /// <param name="patience">Null: <see cref="Patience"/>; zero: one attempt.</param>
    public async Task<Wish> PlaceAsync(IReadOnlyList<WishedLine> lines, Random random, string? key = null, TimeSpan? patience = null)
    {
        key ??= $"{prefix}-{Interlocked.Increment(ref made)}";
        var watch = Stopwatch.StartNew();
        var doubtful = false;
        for (var attempt = 1; ; attempt++)
        {
            var door = doors[random.Next(doors.Count)];
            var heard = await AskAsync(door, key, lines);
            history.Note("attempt", new { key, attempt, node = door.Name, heard.Status, heard.Order });
            var late = watch.Elapsed > (patience ?? Patience);
            if (heard.Outcome != Outcome.Unknown && !(heard.Again && !late) || late)
            {
                var wish = new Wish(key, lines, heard.Outcome, heard.Order, attempt, doubtful, watch.Elapsed);
                history.Add(wish);
                return wish;
            }

            doubtful |= heard.Doubtful;
            await Task.Delay(TimeSpan.FromMilliseconds(100 + random.Next(300)));
        }
    }

    /// <summary>The status of one attempt that must be refused. It is not in the history.</summary>
    public async Task<int> StatusOfAsync(Door door, string key, IReadOnlyList<WishedLine> lines)
    {
        using var request = Request(door, key, lines);
        using var response = await http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private async Task<Heard> AskAsync(Door door, string key, IReadOnlyList<WishedLine> lines)
    {
        using var request = Request(door, key, lines);
        Interlocked.Increment(ref attempts);
        try
        {
            using var response = await http.SendAsync(request);
            if ((int)response.StatusCode is 500 or 502 or 504) Interlocked.Increment(ref serverErrors);
            return Understand(response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (Exception lost) when (lost is HttpRequestException or TaskCanceledException or IOException)
        {
            Interlocked.Increment(ref unanswered);
            // The connection was refused, so certainly nothing began. After any other error, something may have.
            return new("no answer", Outcome.Unknown, null,
                Doubtful: lost is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError });
        }
    }

    private static HttpRequestMessage Request(Door door, string key, IReadOnlyList<WishedLine> lines) =>
        new(HttpMethod.Post, new Uri(door.Url, "api/v1/orders"))
        {
            Headers = { { "Idempotency-Key", key } },
            // The shopper's name is the key, so the order can be found even if the shop loses or changes the key.
            Content = JsonContent.Create(new
            {
                email = "ada@example.com", name = key, lines,
                address = new { line1 = "12 St James Square", city = "London", postalCode = "SW1Y 4JH", country = "GB" },
            }),
        };

    private static Heard Understand(HttpStatusCode status, string body)
    {
        var said = Parse(body);
        return ((int)status, Text(said, "status"), Text(said, "code")) switch
        {
            (201 or 200, "placed", _) => new("yes", Outcome.Accepted, Id(said)),
            (202, _, _) => new("confirming", Outcome.Promised, Id(said)),
            (200, "rejected" or "failed", _) => new("ended", Outcome.Refused, Id(said)),
            (409, _, "insufficient_stock") => new("sold out", Outcome.Refused, null),
            (409, _, "idempotency_in_progress") => new("in progress", Outcome.Unknown, null),
            (503, _, "inventory_unavailable") => new("nothing taken", Outcome.Refused, null, Again: true),
            (429, _, _) => new("slow down", Outcome.Unknown, null),
            ( >= 500, _, _) => new($"{(int)status}", Outcome.Unknown, null, Doubtful: true),
            _ => throw new InvalidOperationException($"The shop answered {(int)status} {body}"),
        };
    }

    private static JsonElement? Parse(string body)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement? said, string name) =>
        said is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // What the partners know it by; an order of the version before 20261129 has one id for everybody.
    private static Guid? Id(JsonElement? said) => (Text(said, "reference") ?? Text(said, "id")) is { } id ? Guid.Parse(id) : null;

    /// <param name="Again">The answer is definite, and the same key may be tried again.</param>
    private sealed record Heard(string Status, Outcome Outcome, Guid? Order, bool Doubtful = false, bool Again = false);
}
