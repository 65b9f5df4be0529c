using System.Collections.Concurrent;
using System.Diagnostics;

namespace Storefront.Jobs.Partners;

/// <summary>One HTTP request to a partner and what came back.</summary>
/// <param name="Request">Method and path.</param>
/// <param name="Status">Null: no answer.</param>
/// <param name="QuotaLeft">What the partner said we may still ask (<c>ratelimit-remaining</c>).</param>
internal sealed record HttpCall(
    string Partner, string Request, DateTimeOffset BeganAt, TimeSpan Duration, int? Status, int? QuotaLeft, string? TraceId)
{
    /// <summary>The partner's words where it did not say yes, or what kept us from hearing them.</summary>
    public string? Words { get; set; }
}

/// <summary>
/// The calls that one piece of work makes, kept for its record: whoever writes down what came of the work writes these in the same round
/// trip.
/// </summary>
public sealed class CallLog
{
    private static readonly AsyncLocal<CallLog?> Open = new();

    private readonly ConcurrentQueue<HttpCall> calls = new();

    private CallLog() { }

    /// <summary>The log of the work under way here; null where nobody keeps one.</summary>
    internal static CallLog? Current => Open.Value;

    /// <summary>Keeps the calls made from here on, by the caller's async method and all it awaits.</summary>
    public static void Begin() => Open.Value = new();

    internal void Add(HttpCall call) => calls.Enqueue(call);

    /// <summary>Says why the latest call was no success, once that is known.</summary>
    internal void Explain(string words)
    {
        if (calls.LastOrDefault() is { } latest) latest.Words ??= words;
    }

    /// <summary>The calls since the last time they were taken.</summary>
    internal IReadOnlyList<HttpCall> Take()
    {
        var taken = new List<HttpCall>();
        while (calls.TryDequeue(out var call)) taken.Add(call);
        return taken;
    }
}

/// <summary>Innermost of all handlers: sees each request that leaves, every retry of a pipeline included.</summary>
internal sealed class CallLogHandler(string partner, TimeProvider clock) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (CallLog.Current is not { } log) return await base.SendAsync(request, cancellationToken);

        // Jobs have no trace of their own where nobody collects any; the partner is given one all the same, to find the call by on its
        // side.
        using var trace = Activity.Current is null ? new Activity("partner call").Start() : null;
        var (began, from) = (clock.GetUtcNow(), clock.GetTimestamp());
        HttpResponseMessage? response = null;
        try
        {
            return response = await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            log.Add(new(
                partner, $"{request.Method} {request.RequestUri!.AbsolutePath}", began, clock.GetElapsedTime(from),
                (int?)response?.StatusCode,
                response is null ? null : QuotaLeft(response), Activity.Current?.TraceId.ToString()));
        }
    }

    private static int? QuotaLeft(HttpResponseMessage response) =>
        response.Headers.TryGetValues("ratelimit-remaining", out var said) && int.TryParse(said.FirstOrDefault(), out var left)
            ? left : null;
}
