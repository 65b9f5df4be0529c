using Microsoft.AspNetCore.Authorization;

namespace Storefront.Web.Identity;

/// <summary>Who may do what in the back office. Each may do what those before it may.</summary>
public static class Roles
{
    /// <summary>Sees orders, deliveries and jobs.</summary>
    public const string Viewer = "viewer";

    /// <summary>Retries, cancels, sends again.</summary>
    public const string Operator = "operator";

    /// <summary>Everything.</summary>
    public const string Admin = "admin";

    public static readonly IReadOnlyList<string> All = [Viewer, Operator, Admin];
}

public static class Policies
{
    /// <summary>
    /// Holds wherever an endpoint says nothing of its own: one that somebody forgot to think about is closed. Where no route leads there is
    /// nothing to guard, and 404 and 405 stay what they are.
    /// </summary>
    public static readonly AuthorizationPolicy Default = new AuthorizationPolicyBuilder().RequireAssertion(context =>
        context.User.Identity is { IsAuthenticated: true }
            || context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint).Build();

    /// <summary>May look at the back office.</summary>
    public const string Staff = "staff";

    /// <summary>May change things there.</summary>
    public const string Operate = "operate";

    /// <summary>May pause, open circuits and change the schedule.</summary>
    public const string Administer = "administer";
}
