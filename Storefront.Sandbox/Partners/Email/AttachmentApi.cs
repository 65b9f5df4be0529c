namespace Storefront.Sandbox.Partners.Email;

/// <summary>The attachments of the mails that were accepted.</summary>
internal static class AttachmentApi
{
    /// <param name="routes">Below <c>/emails</c>.</param>
    public static void MapAttachments(this IEndpointRouteBuilder routes, AcceptedOnce mails)
    {
        var api = routes.MapGroup("/{id}/attachments").AddEndpointFilter(async (context, next) =>
            HasOnlyUuids(context.HttpContext.Request)
                ? await next(context)
                : EmailErrors.NotUuid());
        api.MapGet("/", (string id, [AsParameters] PageRequest page, HttpRequest request) => FindAsync(mails, id, request, all =>
            page.Of(all, attachment => attachment.Id, attachment => attachment)));
        api.MapGet("/{attachment}", (string id, string attachment, HttpRequest request) => FindAsync(mails, id, request, all =>
            all.FirstOrDefault(one => one.Id == attachment) is { } found
                ? Results.Json(found) : EmailErrors.Error(404, "not_found", "There is no such attachment.")));
    }

    /// <summary>Where an attachment's <c>download_url</c> leads. The real partner signs that address, so it needs no key.</summary>
    public static void MapDownloads(this IEndpointRouteBuilder routes, AcceptedOnce mails) =>
        routes.MapGet("/sandbox/emails/{id}/attachments/{attachment}", (string id, string attachment, HttpRequest request) =>
            mails.FindById(id) is { } mail
            && Attachment.Of(mail, request, mails.Clock.GetUtcNow()).FirstOrDefault(one => one.Id == attachment) is { } found
                ? Results.Bytes(found.Bytes, "application/octet-stream", found.Filename ?? found.Id) : Results.NotFound());

    private static async Task<IResult> FindAsync(
        AcceptedOnce mails, string id, HttpRequest request, Func<IReadOnlyList<Attachment>, IResult> answer)
    {
        var mail = mails.FindById(id);
        await mails.Settled;
        return mail is null ? EmailErrors.NoSuchMail() : answer(Attachment.Of(mail, request, mails.Clock.GetUtcNow()));
    }

    private static bool HasOnlyUuids(HttpRequest request)
    {
        string?[] inPath = [(string?)request.RouteValues["id"], (string?)request.RouteValues["attachment"]];
        return inPath.Concat(request.Query["after"]).Concat(request.Query["before"])
            .All(value => value is null || Guid.TryParseExact(value, "D", out _));
    }
}
