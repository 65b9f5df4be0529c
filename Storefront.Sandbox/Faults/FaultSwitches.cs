using System.Globalization;
using Storefront.Sandbox.Partners.Email;

namespace Storefront.Sandbox.Faults;

/// <summary>The switch of each partner, and the middleware that acts its fault out.</summary>
internal sealed class FaultSwitches
{
    private const string Words = "A fault was switched on in the sandbox.";

    private readonly Dictionary<string, FaultSwitch> switches = Partners.ToDictionary(partner => partner, _ => new FaultSwitch());

    public static IReadOnlyList<string> Partners { get; } = ["inventory", "email", "analytics", "loyalty"];

    public IReadOnlyDictionary<string, Fault> All => Partners.ToDictionary(partner => partner, partner => Of(partner).Fault);

    public FaultSwitch Of(string partner) => switches[partner];

    public void Clear()
    {
        foreach (var one in switches.Values) one.Set(Fault.None);
    }

    public async Task ActOutAsync(HttpContext http, RequestDelegate next)
    {
        if (PartnerOf(http.Request.Path) is not { } partner)
        {
            await next(http);
            return;
        }

        var its = Of(partner);
        its.Count();
        // Both are read once, so that a switch turned now cannot leave this request hanging on one and obeying the other.
        var (lifted, fault) = (its.Lifted, its.Fault);
        if (fault.RequestsPerSecond is { } limit && Limit(http.Response, limit, its.Spend(limit)))
            await AnswerAsync(http, partner, StatusCodes.Status429TooManyRequests, fault);
        else if (fault == Fault.None)
            await next(http);
        else
            await ActOutAsync(http, next, partner, fault, lifted);
    }

    private static bool Limit(HttpResponse response, int limit, int left)
    {
        response.OnStarting(() =>
        {
            // After whatever the partner itself has written.
            response.Headers["ratelimit-limit"] = limit.ToString(CultureInfo.InvariantCulture);
            response.Headers["ratelimit-remaining"] = Math.Max(0, left).ToString(CultureInfo.InvariantCulture);
            response.Headers["ratelimit-reset"] = "1";
            return Task.CompletedTask;
        });
        return left < 0;
    }

    private static async Task ActOutAsync(HttpContext http, RequestDelegate next, string partner, Fault fault, CancellationToken lifted)
    {
        // What a slow partner has received it works on, also when nobody waits for the answer any more.
        using var whole = new MemoryStream();
        await http.Request.Body.CopyToAsync(whole, http.RequestAborted);
        whole.Position = 0;
        http.Request.Body = whole;

        var hit = Hits(fault.Rate);
        if (hit && fault.Hang is true)
        {
            await OneOfAsync(http.RequestAborted, lifted);
            http.Abort();
            return;
        }

        if (hit && fault.LatencyMs > 0)
            await Task.WhenAny(Task.Delay(fault.LatencyMs.Value, CancellationToken.None), OneOfAsync(lifted));
        if (hit && fault.Status is { } status)
            await AnswerAsync(http, partner, status, fault);
        else if (Hits(fault.DropAfterAccept))
            await LoseAnswerAsync(http, next);
        else
            await next(http);
    }

    private static async Task LoseAnswerAsync(HttpContext http, RequestDelegate next)
    {
        var client = http.Response.Body;
        using var answer = new MemoryStream();
        http.Response.Body = answer;
        await next(http);
        http.Response.Body = client;
        if (http.Response.StatusCode < 300 && !HttpMethods.IsGet(http.Request.Method))
            http.Abort(); // done, and on disk; the answer goes nowhere
        else
            await client.WriteAsync(answer.GetBuffer().AsMemory(0, (int)answer.Length));
    }

    private static string? PartnerOf(PathString path) =>
        path.StartsWithSegments("/emails") ? "email"
        : path.StartsWithSegments("/v1/reservations") || path.StartsWithSegments("/v1/stock") ? "inventory"
        : path.StartsWithSegments("/v1/members") ? "loyalty"
        : path.StartsWithSegments("/v1") ? "analytics"
        : null;

    private static bool Hits(double? share) => share >= 1 || share > 0 && Random.Shared.NextDouble() < share;

    private static async Task OneOfAsync(params CancellationToken[] tokens)
    {
        var one = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var registrations = tokens.Select(token => token.Register(() => one.TrySetResult())).ToList();
        await one.Task;
        foreach (var registration in registrations) await registration.DisposeAsync();
    }

    // Each partner answers with the error body of its contract, unless the fault names a body.
    private static Task AnswerAsync(HttpContext http, string partner, int status, Fault fault)
    {
        if (fault.RetryAfterSeconds is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        IResult answer = partner switch
        {
            _ when fault.Body is not null => new BareAnswer(status, fault),
            "email" => EmailErrors.Error(status, EmailErrorName(status), Words),
            "analytics" => Results.Json(new { success = false, message = Words }, statusCode: status),
            _ => Results.Problem(statusCode: status, title: Words,
                extensions: new Dictionary<string, object?> { ["code"] = status == 429 ? "rate_limited" : "unavailable" }),
        };
        return answer.ExecuteAsync(http);
    }

    private static string EmailErrorName(int status) => status switch
    {
        429 => "rate_limit_exceeded",
        401 => "missing_api_key",
        403 => "invalid_api_key",
        >= 500 => "internal_server_error",
        _ => "validation_error",
    };

    private sealed record BareAnswer(int Status, Fault Fault) : IResult
    {
        public async Task ExecuteAsync(HttpContext http)
        {
            http.Response.StatusCode = Status;
            if (Fault.Body is "") return;
            http.Response.ContentType = Fault.ContentType;
            await http.Response.Body.WriteAsync(Fault.Bytes());
        }
    }
}
