namespace Storefront.Web.Security;

internal static class SecurityRegistration
{
    /// <summary>What stands between the world and every endpoint.</summary>
    public static void AddSecurity(this WebApplicationBuilder builder)
    {
        builder.Services.AddProxies();
        builder.Services.AddHostCookies();
        builder.Services.AddKeyEncryption();
        builder.AddRateLimits();
        builder.AddRequestLimits();
    }
}
