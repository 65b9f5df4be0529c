using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Storefront.Web.Security;

internal static class CookieRegistration
{
    /// <summary>Every cookie of the framework's that leaves this shop; the cart's own is in <c>CartCookie</c>.</summary>
    public static void AddHostCookies(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        Name(services, IdentityConstants.ApplicationScheme, "storefront-session");
        Name(services, IdentityConstants.TwoFactorUserIdScheme, "storefront-second-factor");
        Name(services, IdentityConstants.TwoFactorRememberMeScheme, "storefront-known-browser");
        Name(services, IdentityConstants.ExternalScheme, "storefront-external");
        services.AddAntiforgery(antiforgery => antiforgery.Cookie = new HostCookie("storefront-form") { SameSite = SameSiteMode.Strict });
        services.Configure<CookieTempDataProviderOptions>(temp => temp.Cookie = new HostCookie("storefront-once"));
    }

    private static void Name(IServiceCollection services, string scheme, string name) =>
        services.Configure<CookieAuthenticationOptions>(scheme, cookie => cookie.Cookie = new HostCookie(name));
}
