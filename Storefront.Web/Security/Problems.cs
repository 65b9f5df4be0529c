using System.Globalization;

namespace Storefront.Web.Security;

/// <summary>RFC 9457 problems, each with its stable <c>code</c>.</summary>
internal static class Problems
{
    /// <summary>The API answers with problems, everything else with pages.</summary>
    public static bool AreExpected(HttpContext context) => context.Request.Path.StartsWithSegments("/api");

    public static IResult Of(int status, string code, string title, string? detail = null, IDictionary<string, object?>? more = null)
    {
        var members = new Dictionary<string, object?>(more ?? new Dictionary<string, object?>()) { ["code"] = code };
        return Results.Problem(detail, statusCode: status, title: title, type: $"urn:storefront:problem:{code}", extensions: members);
    }

    public static IResult Later(this IResult problem, TimeSpan after) => new WithRetryAfter(problem, after);

    /// <summary>As the header Retry-After takes it.</summary>
    public static string Seconds(TimeSpan after) =>
        Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    public static IResult TooMany(string what) =>
        Of(StatusCodes.Status429TooManyRequests, "rate_limited", what, "Repeat the call after the number of seconds in Retry-After.");

    public static IResult NotFound(string what) => Of(StatusCodes.Status404NotFound, "not_found", $"{what} not found.");

    public static IResult Invalid(
        IReadOnlyDictionary<string, string[]> errors, string title = "The order is not valid.") => Of(
        StatusCodes.Status422UnprocessableEntity, "validation_failed", title,
        "See errors for each field.", new Dictionary<string, object?> { ["errors"] = errors });

    private sealed class WithRetryAfter(IResult problem, TimeSpan after) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = Seconds(after);
            return problem.ExecuteAsync(httpContext);
        }
    }
}
