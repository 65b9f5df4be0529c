using System.Collections.Concurrent;
using System.Globalization;
using Storefront.Sandbox.Partners.Email;

namespace Storefront.Sandbox.Faults;

/// <summary>The fault switched on for each partner, and the middleware that acts it out. Of this process only: a restart heals.</summary>
internal sealed class FaultSwitches : IDisposable
{
    public static readonly IReadOnlyList<string> Partners = ["inventory", "email", "analytics"];

    private readonly ConcurrentDictionary<string, Fault> faults = new();
    private CancellationTokenSource lifted = new();

    public IReadOnlyDictionary<string, Fault> All => Partners.ToDictionary(partner => partner, Of);

    public Fault Of(string partner) => faults.GetValueOrDefault(partner, Fault.None);

    public void Set(string partner, Fault fault)
    {
        faults[partner] = fault;
        LetHangingGo();
    }

    public void Clear()
    {
        faults.Clear();
        LetHangingGo();
    }

    public async Task ActOutAsync(HttpContext http, RequestDelegate next)
    {
        if (PartnerOf(http.Request.Path) is not { } partner || Of(partner) is var fault && fault == Fault.None)
        {
            await next(http);
            return;
        }

        var hit = Hits(fault.Rate ?? 1);
        if (hit && fault.Hang)
        {
            await HangAsync(http);
            return;
        }

        if (hit && fault.LatencyMs > 0) await Task.Delay(fault.LatencyMs, http.RequestAborted);
        if (hit && fault.Status is { } status)
        {
            if (fault.RetryAfterSeconds is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            await Answer(partner, status).ExecuteAsync(http);
        }
        else if (Hits(fault.DropAfterAccept))
        {
            // Done, and on disk; the answer goes nowhere.
            http.Response.Body = Stream.Null;
            await next(http);
            http.Abort();
        }
        else
        {
            await next(http);
        }
    }

    private static string? PartnerOf(PathString path) =>
        path.StartsWithSegments("/emails") ? "email"
        : path.StartsWithSegments("/v1/reservations") || path.StartsWithSegments("/v1/stock") ? "inventory"
        : path.StartsWithSegments("/v1") ? "analytics"
        : null;

    private static bool Hits(double share) => share >= 1 || share > 0 && Random.Shared.NextDouble() < share;

    private async Task HangAsync(HttpContext http)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifted.Token);
        await Task.Delay(Timeout.Infinite, either.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        http.Abort();
    }

    public void Dispose() => lifted.Dispose();

    private void LetHangingGo() => Interlocked.Exchange(ref lifted, new()).Cancel();

    // Each in the words of its contract.
    private static IResult Answer(string partner, int status) => partner switch
    {
        "email" => EmailApi.Error(status, EmailErrorName(status), Words),
        "analytics" => Results.Json(new { success = false, message = Words }, statusCode: status),
        _ => Results.Problem(statusCode: status, title: Words, extensions: new Dictionary<string, object?> { ["code"] = status == 429 ? "rate_limited" : "unavailable" }),
    };

    private const string Words = "A fault was switched on in the sandbox.";

    private static string EmailErrorName(int status) => status switch
    {
        429 => "rate_limit_exceeded",
        401 => "missing_api_key",
        403 => "invalid_api_key",
        >= 500 => "internal_server_error",
        _ => "validation_error",
    };
}
