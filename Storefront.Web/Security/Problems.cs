using System.Globalization;

namespace Storefront.Web.Security;

/// <summary>RFC 9457 problems, each with its stable <c>code</c>.</summary>
internal static class Problems
{
    /// <summary>The API answers with problems, everything else with pages.</summary>
    public static bool AreExpected(HttpContext context) => context.Request.Path.StartsWithSegments("/api");

    /// <param name="title">What has happened in more exact words than the kind's.</param>
    public static IResult Of(
        ProblemKind kind, string? detail = null, IDictionary<string, object?>? more = null, string? title = null)
    {
        var members = new Dictionary<string, object?>(more ?? new Dictionary<string, object?>()) { ["code"] = kind.Code };
        return Results.Problem(
            detail, statusCode: kind.Status, title: title ?? kind.Title, type: $"urn:storefront:problem:{kind.Code}", extensions: members);
    }

    public static IResult Later(this IResult problem, TimeSpan after) => new WithRetryAfter(problem, after);

    /// <summary>As the header Retry-After takes it.</summary>
    public static string Seconds(TimeSpan after) =>
        Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    public static IResult TooMany(string what) =>
        Of(ProblemKind.RateLimited, "Repeat the call after the number of seconds in Retry-After.", title: what);

    public static IResult Invalid(IReadOnlyDictionary<string, string[]> errors, string? title = null) => Of(
        ProblemKind.ValidationFailed, "See errors for each field.", new Dictionary<string, object?> { ["errors"] = errors }, title);

    private sealed class WithRetryAfter(IResult problem, TimeSpan after) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = Seconds(after);
            return problem.ExecuteAsync(httpContext);
        }
    }
}
