using System.Text.Json.Serialization;

namespace Storefront.Sandbox.Faults;

/// <summary>How a partner misbehaves. Nothing set: not at all.</summary>
/// <param name="LatencyMs">Before it looks at the request.</param>
/// <param name="Status">Answered instead of doing anything.</param>
/// <param name="RetryAfterSeconds">Sent with <paramref name="Status"/>.</param>
/// <param name="Rate">The share of requests, 0 to 1, that latency, status and hang are for; null: all.</param>
/// <param name="DropAfterAccept">The share of requests, 0 to 1, that are done and then never answered: the connection breaks.</param>
/// <param name="Hang">Takes the request and never answers, until the client leaves or the fault is lifted.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record Fault(
    int LatencyMs = 0, int? Status = null, int? RetryAfterSeconds = null, double? Rate = null, double DropAfterAccept = 0, bool Hang = false)
{
    public static readonly Fault None = new();

    /// <summary>A sentence about what makes no sense in it; null when all does.</summary>
    public string? Check() =>
        LatencyMs is < 0 or > 600_000 ? "latencyMs is from 0 to 600000."
        : Status is < 400 or > 599 ? "status is from 400 to 599."
        : RetryAfterSeconds is < 0 or > 86_400 ? "retryAfterSeconds is from 0 to 86400."
        : Rate is < 0 or > 1 or double.NaN ? "rate is from 0 to 1."
        : DropAfterAccept is < 0 or > 1 or double.NaN ? "dropAfterAccept is from 0 to 1."
        : null;
}
