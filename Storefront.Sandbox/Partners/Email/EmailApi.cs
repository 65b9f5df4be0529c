using System.Collections.Concurrent;
using System.Net.Mail;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Storefront.Sandbox.Partners.Email;

/// <summary>Resend's contract over HTTP, as far as sending goes: <c>POST /emails</c>, <c>POST /emails/batch</c>, <c>GET /emails/{id}</c>.</summary>
internal sealed partial class EmailApi(AcceptedOnce mails)
{
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    private const string IdempotencyKey = "Idempotency-Key";

    private readonly ConcurrentDictionary<string, bool> underWay = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/emails").AddEndpointFilter(async (context, next) => Refuse(context.HttpContext.Request) ?? await next(context));
        api.MapPost("/", (HttpRequest request) => SendAsync(request.HttpContext, one => TakeAsync(Key(request.HttpContext) ?? Guid.NewGuid().ToString(), one)));
        api.MapPost("/batch", (HttpRequest request) => SendAsync(request.HttpContext, all => TakeBatchAsync(Key(request.HttpContext) ?? Guid.NewGuid().ToString(), all)));
        api.MapGet("/{id}", (string id) => FindAsync(id));
    }

    /// <summary>Stands before everything that can take time: a key whose first call is still under way is told so.</summary>
    public async Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Method != HttpMethods.Post || !http.Request.Path.StartsWithSegments("/emails") || Key(http) is not { } key)
        {
            await next(http);
        }
        else if (!underWay.TryAdd(key, true))
        {
            await Error(409, "concurrent_idempotent_requests", "Another request with this idempotency key is still in progress.").ExecuteAsync(http);
        }
        else
        {
            try
            {
                await next(http);
            }
            finally
            {
                underWay.TryRemove(key, out _);
            }
        }
    }

    private static IResult? Refuse(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.Headers.UserAgent)) return Results.Text("error code: 1010", statusCode: 403);
        if (!request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return Error(401, "missing_api_key", "Missing API key in the authorization header.");
        if (request.Headers.TryGetValue(IdempotencyKey, out var key) && key.ToString().Length is < 1 or > 256) return Error(400, "invalid_idempotency_key", "The idempotency key must have 1 to 256 characters.");
        return null;
    }

    private static async Task<IResult> SendAsync(HttpContext http, Func<JsonElement, Task<IResult>> take)
    {
        // The limit is shown and not enforced: the faults can do that.
        http.Response.Headers["ratelimit-limit"] = http.Response.Headers["ratelimit-remaining"] = "1000";
        http.Response.Headers["ratelimit-reset"] = "1";
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body);
            return await take(body.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or InvalidDataException)
        {
            return Error(400, "validation_error", "The body is not JSON.");
        }
    }

    private async Task<IResult> FindAsync(string id)
    {
        var mail = mails.FindById(id);
        await mails.Settled;
        return mail is null ? Error(404, "not_found", "There is no such mail.") : Results.Json(Found(mail));
    }

    private async Task<IResult> TakeAsync(string key, JsonElement mail)
    {
        if (Fault(mail) is { } fault) return fault;
        return await mails.TakeAsync(key, mail) is { } accepted ? Results.Json(new { id = accepted.Id }) : Reused();
    }

    private async Task<IResult> TakeBatchAsync(string key, JsonElement batch)
    {
        if (batch.ValueKind != JsonValueKind.Array || batch.GetArrayLength() is < 1 or > 100) return Error(422, "validation_error", "A batch has 1 to 100 mails.");
        if (batch.EnumerateArray().Select(Fault).FirstOrDefault(fault => fault is not null) is { } wrong) return wrong;
        var taken = await Task.WhenAll(batch.EnumerateArray().Select((mail, index) => mails.TakeAsync($"{key}#{index}", mail)));
        return taken.Contains(null) ? Reused() : Results.Json(new { data = taken.Select(mail => new { id = mail!.Id }) });
    }

    private static IResult? Fault(JsonElement mail)
    {
        if (mail.ValueKind != JsonValueKind.Object) return Error(422, "validation_error", "A mail is an object.");
        foreach (var field in new[] { "from", "to", "subject" })
            if (!mail.TryGetProperty(field, out var value) || value.ValueKind is JsonValueKind.Null) return Error(422, "missing_required_field", $"Missing `{field}` field.");
        if (!mail.TryGetProperty("html", out _) && !mail.TryGetProperty("text", out _)) return Error(422, "missing_required_field", "Missing `html` or `text` field.");
        if (Text(mail, "from") is not { } from || !MailAddress.TryCreate(from, out _)) return Error(422, "invalid_from_address", "The `from` field must be an address, or a name and an address.");
        if (Recipients(mail.GetProperty("to")) is not { Count: >= 1 and <= 50 } to || !to.All(one => MailAddress.TryCreate(one, out _))) return Error(422, "validation_error", "The `to` field must have 1 to 50 addresses.");
        if (mail.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Array
            && tags.EnumerateArray().Any(tag => !IsTag(Text(tag, "name")) || !IsTag(Text(tag, "value"))))
            return Error(422, "validation_error", "Tags may have ASCII letters, digits, underscores and dashes only.");
        return null;
    }

    private static List<string>? Recipients(JsonElement to) => to.ValueKind switch
    {
        JsonValueKind.String => [to.GetString()!],
        JsonValueKind.Array when to.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) => [.. to.EnumerateArray().Select(one => one.GetString()!)],
        _ => null,
    };

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsTag(string? text) => text is not null && TagPattern().IsMatch(text);

    private static object Found(Accepted mail) => new
    {
        @object = "email", id = mail.Id, created_at = mail.AcceptedAt, last_event = LastEvent(mail.Body),
        from = Text(mail.Body, "from"), to = Recipients(mail.Body.GetProperty("to")), subject = Text(mail.Body, "subject"), html = Text(mail.Body, "html"), text = Text(mail.Body, "text"),
    };

    // The partner's own test addresses.
    private static string LastEvent(JsonElement mail) => Recipients(mail.GetProperty("to"))?[0] switch
    {
        "bounced@resend.dev" => "bounced",
        "complained@resend.dev" => "complained",
        _ => "delivered",
    };

    private static string? Key(HttpContext http) => http.Request.Headers.TryGetValue(IdempotencyKey, out var key) && key.ToString() is { Length: > 0 } given ? given : null;

    private static IResult Reused() => Error(409, "invalid_idempotent_request", "This idempotency key was used with another body.");

    public static IResult Error(int status, string name, string message) => Results.Json(new { statusCode = status, name, message }, statusCode: status);

    [GeneratedRegex("^[A-Za-z0-9_-]{1,256}$")]
    private static partial Regex TagPattern();
}
