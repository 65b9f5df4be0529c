namespace Storefront.Sandbox.Partners.Email;

/// <summary>The errors of Resend's contract, by the names that its documentation lists.</summary>
internal static class EmailErrors
{
    /// <summary>Answers what no route takes: ASP.NET would answer without the body that clients read.</summary>
    public static async Task NameUnknownAsync(HttpContext http, RequestDelegate next)
    {
        await next(http);
        if (!http.Request.Path.StartsWithSegments("/emails") || http.Response.ContentType is not null) return;
        if (http.Response.StatusCode == 404)
            await Error(404, "not_found", "There is no such route.").ExecuteAsync(http);
        else if (http.Response.StatusCode == 405)
            await Error(405, "method_not_allowed", "This route does not take the request's method.").ExecuteAsync(http);
    }

    public static IResult Error(int status, string name, string message) =>
        Results.Json(new { statusCode = status, name, message }, statusCode: status);

    public static IResult Invalid(string message) => Error(422, "validation_error", message);

    public static IResult NotUuid() => Error(422, "invalid_parameter", "The ids of mails and attachments are UUIDs.");

    public static IResult NotJson() => Error(400, "validation_error", "The body is not JSON.");

    public static IResult NoSuchMail() => Error(404, "not_found", "There is no such mail.");

    public static IResult Reused() => Error(409, "invalid_idempotent_request", "This idempotency key was used with another body.");
}
