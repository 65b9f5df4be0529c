namespace Storefront.Web.Security;

internal static class SecurityRegistration
{
    public static void AddSecurity(this WebApplicationBuilder builder)
    {
        builder.Services.AddProxies();
        builder.Services.AddHostCookies();
        builder.Services.AddKeyEncryption();
        builder.AddRateLimits();
        builder.AddRequestLimits();
    }
}
