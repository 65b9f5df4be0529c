using System.Collections.Concurrent;
using System.Text.Json;

namespace Storefront.Sandbox.Partners.Email;

/// <summary>
/// Resend's contract over HTTP, as far as an account that sends goes: send, batch, list, get, change, cancel, attachments.
/// </summary>
internal sealed class EmailApi(AcceptedOnce mails)
{
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    private const string IdempotencyKey = "Idempotency-Key";
    private const int LargestPage = 100;

    private readonly ConcurrentDictionary<string, bool> underWay = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/emails")
            .AddEndpointFilter(async (context, next) => Refuse(context.HttpContext.Request) ?? await next(context));
        api.MapPost("/", (HttpRequest request) => SendAsync(request, TakeAsync));
        api.MapPost("/batch", (HttpRequest request) => SendAsync(request, TakeBatchAsync));
        api.MapGet("/", (string? limit, string? after, string? before) => ListAsync(limit, after, before));
        api.MapGet("/{id}", (string id) => FindAsync(id, mail => Results.Json(Letter.Whole(mail, Now))));
        api.MapPatch("/{id}", async (string id, HttpRequest request) =>
            await PartnerBody.ReadAsync(request) is { } body ? await RescheduleAsync(id, body) : NotJson());
        api.MapPost("/{id}/cancel", (string id) => ChangeAsync(id, null, "This mail cannot be canceled any more."));
        api.MapGet("/{id}/attachments", (string id, HttpRequest request) => FindAsync(id, mail =>
            Results.Json(Page(Attachment.Of(mail, request, Now), more: false))));
        api.MapGet("/{id}/attachments/{attachment}", (string id, string attachment, HttpRequest request) => FindAsync(id, mail =>
            Attachment.Of(mail, request, Now).FirstOrDefault(one => one.Id == attachment) is { } found
                ? Results.Json(found) : Error(404, "not_found", "There is no such attachment.")));
        // The real partner gives a signed URL here, so this address needs no key.
        routes.MapGet(Attachment.Content, (string id, string attachment, HttpRequest request) =>
            mails.FindById(id) is { } mail && Attachment.Of(mail, request, Now).FirstOrDefault(one => one.Id == attachment) is { } found
                ? Results.Bytes(found.Bytes, "application/octet-stream", found.Filename ?? found.Id) : Results.NotFound());
    }

    private DateTimeOffset Now => mails.Clock.GetUtcNow();

    /// <summary>Stands before everything that can take time: a key whose first call is still under way is told so.</summary>
    public async Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Method != HttpMethods.Post || !http.Request.Path.StartsWithSegments("/emails") || Key(http.Request) is not { } key)
        {
            await next(http);
        }
        else if (!underWay.TryAdd(key, true))
        {
            await Error(409, "concurrent_idempotent_requests", "Another request with this idempotency key is still in progress.")
                .ExecuteAsync(http);
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

    public static IResult Error(int status, string name, string message) =>
        Results.Json(new { statusCode = status, name, message }, statusCode: status);

    private static IResult? Refuse(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.Headers.UserAgent)) return Results.Text("error code: 1010", statusCode: 403);
        if (!request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return Error(401, "missing_api_key", "Missing API key in the authorization header.");
        if (request.Headers.TryGetValue(IdempotencyKey, out var key) && key.ToString().Length is < 1 or > 256)
            return Error(400, "invalid_idempotency_key", "The idempotency key must have 1 to 256 characters.");
        return null;
    }

    private static async Task<IResult> SendAsync(HttpRequest request, Func<HttpRequest, string, JsonElement, Task<IResult>> take)
    {
        // The limit is shown and not enforced: the faults can do that.
        var headers = request.HttpContext.Response.Headers;
        headers["ratelimit-limit"] = headers["ratelimit-remaining"] = "1000";
        headers["ratelimit-reset"] = "1";
        return await PartnerBody.ReadAsync(request) is { } body
            ? await take(request, Key(request) ?? Guid.NewGuid().ToString(), body)
            : NotJson();
    }

    private async Task<IResult> TakeAsync(HttpRequest request, string key, JsonElement mail)
    {
        if (Letter.Fault(mail) is { } fault) return Error(422, fault.Name, fault.Message);
        return await mails.TakeAsync(key, mail) is { } accepted ? Results.Json(new { id = accepted.Id }) : Reused();
    }

    private async Task<IResult> TakeBatchAsync(HttpRequest request, string key, JsonElement batch)
    {
        if (batch.ValueKind != JsonValueKind.Array || batch.GetArrayLength() is < 1 or > 100)
            return Error(422, "validation_error", "A batch has 1 to 100 mails.");
        var faults = batch.EnumerateArray().Select((mail, index) => (Index: index, Fault: Letter.Fault(mail)))
            .Where(one => one.Fault is not null).ToList();
        // The official client sends this header, which the OpenAPI document does not name: bad mails are listed, the others are sent.
        var permissive = request.Headers["x-batch-validation"] == "permissive";
        if (faults.Count > 0 && !permissive) return Error(422, faults[0].Fault!.Name, faults[0].Fault!.Message);
        if (await mails.TakeBatchAsync(key, batch, mail => Letter.Fault(mail) is null) is not { } taken) return Reused();
        var data = taken.Select(mail => new { id = mail.Id });
        return permissive
            ? Results.Json(new { data, errors = faults.Select(one => new { index = one.Index, message = one.Fault!.Message }) })
            : Results.Json(new { data });
    }

    private async Task<IResult> ListAsync(string? limit, string? after, string? before)
    {
        var size = 20;
        if (limit is not null && !(int.TryParse(limit, out size) && size is >= 1 and <= LargestPage))
            return Error(422, "validation_error", $"The limit is from 1 to {LargestPage}.");
        if (after is not null && before is not null) return Error(422, "validation_error", "Give after or before, not both.");
        var all = mails.All();
        await mails.Settled;
        var at = (after ?? before) is { } cursor ? all.ToList().FindIndex(mail => mail.Id == cursor) : 0;
        if (at < 0) return Error(422, "validation_error", "There is no mail with the id that after or before names.");
        // Newest first: the mails after a mail are older.
        var rest = after is not null ? all.Skip(at + 1).ToList() : before is not null ? all.Take(at).ToList() : all;
        var page = before is not null ? rest.Skip(rest.Count - size) : rest.Take(size);
        return Results.Json(Page(page.Select(mail => Letter.Summary(mail, Now)), rest.Count > size));
    }

    private async Task<IResult> FindAsync(string id, Func<Accepted, IResult> answer)
    {
        var mail = mails.FindById(id);
        await mails.Settled;
        return mail is null ? NoSuchMail() : answer(mail);
    }

    private Task<IResult> RescheduleAsync(string id, JsonElement body) =>
        Letter.ScheduleOf(body, Now) is { } due
            ? ChangeAsync(id, due, "This mail cannot be changed any more.")
            : Task.FromResult(Error(422, "validation_error", "The `scheduled_at` field must be a date in ISO 8601 format."));

    private async Task<IResult> ChangeAsync(string id, DateTimeOffset? due, string late)
    {
        if (mails.FindById(id) is null) return NoSuchMail();
        if (!await mails.ChangeAsync(id, mail => Letter.IsScheduled(mail, Now), due)) return Error(422, "validation_error", late);
        return due is null
            ? Results.Json(new { @object = "email", id })
            : Results.Json(new { @object = "email", id, scheduled_at = Letter.Text(due.Value) });
    }

    private static object Page(IEnumerable<object> data, bool more) => new { @object = "list", has_more = more, data };

    private static string? Key(HttpRequest request) =>
        request.Headers.TryGetValue(IdempotencyKey, out var key) && key.ToString() is { Length: > 0 } given ? given : null;

    private static IResult NotJson() => Error(400, "validation_error", "The body is not JSON.");

    private static IResult NoSuchMail() => Error(404, "not_found", "There is no such mail.");

    private static IResult Reused() => Error(409, "invalid_idempotent_request", "This idempotency key was used with another body.");
}
