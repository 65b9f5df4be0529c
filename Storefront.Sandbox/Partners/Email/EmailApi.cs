using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using static Storefront.Sandbox.Partners.Email.EmailErrors;

namespace Storefront.Sandbox.Partners.Email;

/// <summary>
/// Resend's contract over HTTP, as far as an account that sends goes: send, batch, list, get, change, cancel, attachments.
/// </summary>
internal sealed class EmailApi(AcceptedOnce mails)
{
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    private const string IdempotencyKey = "Idempotency-Key";

    // Escapes and Buffers make JSON much larger than what it says. How large a mail may be, its rules decide.
    private const int MaxRequestMegabytes = 128;

    private readonly ConcurrentDictionary<string, bool> underWay = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/emails")
            .AddEndpointFilter(async (context, next) => Refuse(context.HttpContext.Request) ?? await next(context));
        var maxSize = new MaxSize(MaxRequestMegabytes * 1024L * 1024);
        api.MapPost("/", (HttpRequest request) => SendAsync(request, TakeAsync)).WithMetadata(maxSize);
        api.MapPost("/batch", (HttpRequest request) => SendAsync(request, TakeBatchAsync)).WithMetadata(maxSize);
        api.MapGet("/", ([AsParameters] PageRequest page) => ListAsync(page));
        api.MapGet("/{id}", (string id) => FindAsync(id));
        api.MapPatch("/{id}", async (string id, HttpRequest request) =>
            await PartnerBody.ReadAsync(request) is { } body ? await RescheduleAsync(id, body) : NotJson());
        api.MapPost("/{id}/cancel", (string id) => ChangeAsync(id, null, "This mail cannot be canceled any more."));
        api.MapAttachments(mails);
        routes.MapDownloads(mails);
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
        try
        {
            return await PartnerBody.ReadAsync(request) is { } body
                ? await take(request, Key(request) ?? Guid.NewGuid().ToString(), body)
                : NotJson();
        }
        catch (BadHttpRequestException fault) when (fault.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Error(413, "validation_error", $"A request has at most {MaxRequestMegabytes} MB.");
        }
    }

    private async Task<IResult> TakeAsync(HttpRequest request, string key, JsonElement mail)
    {
        if (LetterRules.FaultOf(mail, Now) is { } fault) return Error(422, fault.Name, fault.Message);
        return await mails.TakeAsync(key, mail) is { } accepted ? Results.Json(new { id = accepted.Id }) : Reused();
    }

    private async Task<IResult> TakeBatchAsync(HttpRequest request, string key, JsonElement batch)
    {
        if (batch.ValueKind != JsonValueKind.Array || batch.GetArrayLength() is < 1 or > 100)
            return Invalid("A batch has 1 to 100 mails.");
        // The official client sends this header, which the OpenAPI document does not name: bad mails are listed, the others are sent.
        var permissive = request.Headers["x-batch-validation"] == "permissive";
        var now = Now;
        if (!permissive && FaultsOf(batch, now).FirstOrDefault().Fault is { } fault) return Error(422, fault.Name, fault.Message);
        if (await mails.TakeBatchAsync(key, batch, mail => LetterRules.FaultOf(mail, now) is null) is not { } taken) return Reused();
        var data = taken.Select(mail => new { id = mail.Id });
        if (!permissive) return Results.Json(new { data });
        // A repeat is answered as the first call was, also when a date that was too far ahead no longer is.
        var errors = FaultsOf(batch, taken.Count > 0 ? taken[0].AcceptedAt : now);
        return Results.Json(new { data, errors = errors.Select(one => new { index = one.Index, message = one.Fault.Message }) });
    }

    private static IEnumerable<(int Index, LetterFault Fault)> FaultsOf(JsonElement batch, DateTimeOffset now) =>
        from mail in batch.EnumerateArray().Index()
        let fault = LetterRules.FaultOf(mail.Item, now)
        where fault is not null
        select (mail.Index, fault);

    private async Task<IResult> ListAsync(PageRequest page)
    {
        // Newest first: the mails after a mail are older.
        var all = mails.All();
        await mails.Settled;
        return page.Of(all, mail => mail.Id, mail => Letter.Summary(mail, Now));
    }

    private async Task<IResult> FindAsync(string id)
    {
        var mail = mails.FindById(id);
        await mails.Settled;
        return mail is null ? NoSuchMail() : Results.Json(Letter.Whole(mail, Now));
    }

    private async Task<IResult> RescheduleAsync(string id, JsonElement body)
    {
        var now = Now;
        return Schedule.FaultOf(body, now) is { } fault
            ? Error(422, fault.Name, fault.Message)
            : await ChangeAsync(id, Schedule.Of(body, now), "This mail cannot be changed any more.");
    }

    private async Task<IResult> ChangeAsync(string id, DateTimeOffset? due, string late)
    {
        if (mails.FindById(id) is null) return NoSuchMail();
        if (!await mails.ChangeAsync(id, mail => Schedule.IsPending(mail, Now), due)) return Invalid(late);
        return due is null
            ? Results.Json(new { @object = "email", id })
            : Results.Json(new { @object = "email", id, scheduled_at = Letter.Text(due.Value) });
    }

    private static string? Key(HttpRequest request) =>
        request.Headers.TryGetValue(IdempotencyKey, out var key) && key.ToString() is { Length: > 0 } given ? given : null;

    // MVC has an attribute for it, but a program that knows MVC becomes part of the shop's pages.
    private sealed record MaxSize(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
