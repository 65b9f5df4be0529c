using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Storefront.Web.Identity;

/// <summary>Section <c>Admin</c>, beside the first admin's address and password.</summary>
internal sealed class AdminOptions
{
    /// <summary>Whether staff need a second factor to enter the back office. Unset: in Production they do.</summary>
    public bool? RequireSecondFactor { get; set; }
}

/// <summary>Staff have shown a second factor when they signed in, where the shop asks for one.</summary>
internal sealed class SecondFactor(IOptions<AdminOptions> options, IHostEnvironment environment)
    : AuthorizationHandler<SecondFactor.Requirement>
{
    /// <summary>How Identity says by what somebody signed in.</summary>
    public static readonly Claim Shown = new("amr", "mfa");

    public sealed class Requirement : IAuthorizationRequirement;

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Requirement requirement)
    {
        if (!IsWanted(options, environment) || WasShownBy(context.User)) context.Succeed(requirement);
        return Task.CompletedTask;
    }

    private static bool IsWanted(IOptions<AdminOptions> options, IHostEnvironment environment) =>
        options.Value.RequireSecondFactor ?? environment.IsProduction();

    public static bool WasShownBy(ClaimsPrincipal user) => user.HasClaim(Shown.Type, Shown.Value);

    /// <summary>Staff without one are led to where they get one; everybody else hears no.</summary>
    public static Task LeadAsync(RedirectContext<CookieAuthenticationOptions> denied)
    {
        var services = denied.HttpContext.RequestServices;
        var lacksIt = IsWanted(services.GetRequiredService<IOptions<AdminOptions>>(), services.GetRequiredService<IHostEnvironment>())
            && Roles.All.Any(denied.HttpContext.User.IsInRole) && !WasShownBy(denied.HttpContext.User);
        denied.Response.Redirect(lacksIt ? denied.Request.PathBase + "/account/authenticator" : denied.RedirectUri);
        return Task.CompletedTask;
    }

    /// <summary>The session is looked at anew every minute; how it began stays true.</summary>
    public static Task KeepAsync(SecurityStampRefreshingPrincipalContext refreshing)
    {
        if (refreshing.CurrentPrincipal is { } before && WasShownBy(before))
            refreshing.NewPrincipal?.Identities.First().AddClaim(Shown.Clone());
        return Task.CompletedTask;
    }
}
