using System.Net.Mime;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.Net.Http.Headers;

namespace Storefront.Sandbox.Faults;

/// <summary>How a partner misbehaves. Nothing set: not at all.</summary>
/// <param name="LatencyMs">Before it looks at the request. It goes on when the client has given up, as a slow partner does.</param>
/// <param name="Status">Answered instead of doing anything.</param>
/// <param name="RetryAfterSeconds">Sent with <paramref name="Status"/>.</param>
/// <param name="Rate">The share of requests, 0 to 1, that latency, status, body and hang are for; null: all.</param>
/// <param name="DropAfterAccept">
/// The share of accepted writes, 0 to 1, that are done and then never answered: the connection breaks.
/// </param>
/// <param name="Hang">Takes the request and never answers, until the client leaves or the fault is lifted. Nothing is done.</param>
/// <param name="Body">
/// The answer's body, as it is, with <paramref name="Status"/>, or 200. Nothing is done. Empty: an answer without a body.
/// </param>
/// <param name="RequestsPerSecond">
/// More are answered with 429. Every answer says how many are left, in <c>ratelimit-…</c> headers; a window begins with its first request.
/// </param>
/// <param name="ContentType">Of <paramref name="Body"/>; null: <c>application/json</c>. Its charset decides the bytes.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record Fault(
    int? LatencyMs = null, int? Status = null, int? RetryAfterSeconds = null, double? Rate = null,
    double? DropAfterAccept = null, bool? Hang = null, string? Body = null, string? ContentType = null,
    int? RequestsPerSecond = null)
{
    public static readonly Fault None = new Fault().Complete();

    /// <summary>A sentence about what makes no sense in it; null when all does.</summary>
    public string? Check() =>
        LatencyMs is < 0 or > 600_000 ? "latencyMs is from 0 to 600000."
        : Body is null && Status is not (null or 0 or (>= 400 and <= 599)) ? "status is from 400 to 599, or with a body from 200 to 599."
        : Body is not null && Status is not (null or 0 or (>= 200 and <= 599)) ? "status is from 200 to 599."
        : Body is { Length: > 0 } && Status is 204 or 205 or 304 ? "status 204, 205 and 304 have no body: leave body empty."
        : Body is { Length: > 1_000_000 } ? "body has at most 1000000 characters."
        : ContentType is not null && (Body is null || !IsContentType(ContentType))
            ? "contentType is a media type in ASCII, and needs a body."
        : RetryAfterSeconds is < 0 or > 86_400 ? "retryAfterSeconds is from 0 to 86400."
        : RequestsPerSecond is < 0 or > 100_000 ? "requestsPerSecond is from 1 to 100000; 0: no limit."
        : Rate is < 0 or > 1 or double.NaN ? "rate is from 0 to 1."
        : DropAfterAccept is < 0 or > 1 or double.NaN ? "dropAfterAccept is from 0 to 1."
        : null;

    /// <summary>With every default filled in: two faults that do the same are equal.</summary>
    public Fault Complete() => new(
        LatencyMs ?? 0, Status is 0 or null ? Body is null ? null : 200 : Status, RetryAfterSeconds, Rate ?? 1,
        DropAfterAccept ?? 0, Hang ?? false, Body, Body is null ? null : ContentType ?? MediaTypeNames.Application.Json,
        RequestsPerSecond is 0 ? null : RequestsPerSecond);

    internal byte[] Bytes() => (MediaTypeHeaderValue.Parse(ContentType).Encoding ?? Encoding.UTF8).GetBytes(Body ?? "");

    private static bool IsContentType(string text) =>
        Ascii.IsValid(text) && !text.Any(char.IsControl) && MediaTypeHeaderValue.TryParse(text, out _);
}
