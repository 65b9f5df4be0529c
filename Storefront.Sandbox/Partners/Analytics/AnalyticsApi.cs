using System.Text;
using System.Text.Json;

namespace Storefront.Sandbox.Partners.Analytics;

/// <summary>
/// Segment's HTTP tracking contract, as RudderStack takes it too: one event a call, or a batch of them; repeats told by <c>messageId</c>.
/// </summary>
internal static class AnalyticsApi
{
    private const int LargestEvent = 32 * 1024;
    private const int LargestBatch = 500 * 1024;

    private static readonly string[] Types = ["track", "identify", "page", "screen", "group", "alias"];

    public static void MapAnalytics(this IEndpointRouteBuilder routes, AcceptedOnce events)
    {
        var api = routes.MapGroup("/v1").AddEndpointFilter(async (context, next) =>
            HasWriteKey(context.HttpContext.Request) ? await next(context) : Refuse(401, "An invalid write key was provided"));
        api.MapPost("/batch", (HttpRequest request) => TakeAsync(request, type: null, events));
        foreach (var type in Types) api.MapPost($"/{type}", (HttpRequest request) => TakeAsync(request, type, events));
    }

    private static async Task<IResult> TakeAsync(HttpRequest request, string? type, AcceptedOnce events)
    {
        if (await PartnerBody.ReadAsync(request) is not { } body) return Refuse(400, "invalid json");
        return type is null ? await TakeBatchAsync(body, events) : await TakeAllAsync([body], type, events);
    }

    private static async Task<IResult> TakeBatchAsync(JsonElement body, AcceptedOnce events) =>
        body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("batch", out var batch) || batch.ValueKind != JsonValueKind.Array
            ? Refuse(400, "batch is missing")
        : Size(body) > LargestBatch ? Refuse(400, "a batch may have 500 KB")
        : await TakeAllAsync([.. batch.EnumerateArray()], type: null, events);

    private static async Task<IResult> TakeAllAsync(IReadOnlyList<JsonElement> all, string? type, AcceptedOnce events)
    {
        foreach (var one in all)
            if (Fault(one, type) is { } fault) return Refuse(400, fault);
        await Task.WhenAll(all.Select(one => events.TakeByKeyAsync(Text(one, "messageId") ?? Guid.NewGuid().ToString(), one)));
        return Results.Json(new { success = true });
    }

    private static string? Fault(JsonElement one, string? type)
    {
        if (one.ValueKind != JsonValueKind.Object) return "an event is an object";
        if (Size(one) > LargestEvent) return "an event may have 32 KB";
        var kind = type ?? Text(one, "type");
        if (kind is null || !Types.Contains(kind)) return "type is missing or unknown";
        if (Text(one, "userId") is null && Text(one, "anonymousId") is null) return "request neither has anonymousId nor userId";
        if (kind == "track" && Text(one, "event") is null) return "event is missing";
        return Text(one, "messageId") is { Length: > 100 } ? "messageId may have 100 characters" : null;
    }

    private static int Size(JsonElement element) => Encoding.UTF8.GetByteCount(element.GetRawText());

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text : null;

    private static bool HasWriteKey(HttpRequest request)
    {
        if (request.Headers.Authorization.ToString() is not { } header || !header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return false;
        var bytes = new byte[header.Length];
        return Convert.TryFromBase64String(header[6..].Trim(), bytes, out var count)
            && Encoding.UTF8.GetString(bytes, 0, count).IndexOf(':', StringComparison.Ordinal) > 0;
    }

    private static IResult Refuse(int status, string message) => Results.Json(new { success = false, message }, statusCode: status);
}
