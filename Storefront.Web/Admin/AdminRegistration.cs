using Hangfire;
using Hangfire.Dashboard;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Storefront.Web.Areas.Admin;
using Storefront.Web.Database;

namespace Storefront.Web.Admin;

internal static class AdminRegistration
{
    /// <summary>People who sign in, and what the back office lets them do.</summary>
    public static void AddAdmin(this IServiceCollection services)
    {
        services.AddIdentity<IdentityUser, IdentityRole>(identity =>
        {
            identity.User.RequireUniqueEmail = true;
            identity.Password.RequiredLength = 12;
            identity.Password.RequireNonAlphanumeric = identity.Password.RequireDigit = identity.Password.RequireUppercase = false;
            identity.Lockout.MaxFailedAccessAttempts = 5;
            identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(15);
        }).AddEntityFrameworkStores<ShopDb>();
        services.ConfigureApplicationCookie(cookie =>
        {
            cookie.Cookie.Name = "storefront-staff";
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.LoginPath = "/account/sign-in";
            cookie.AccessDeniedPath = "/account/denied";
            cookie.ExpireTimeSpan = TimeSpan.FromHours(8);
        });
        services.Configure<SecurityStampValidatorOptions>(stamp => stamp.ValidationInterval = TimeSpan.FromMinutes(1));
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(Policies.Default)
            .AddPolicy(Policies.Staff, policy => policy.RequireAuthenticatedUser().RequireRole(Roles.All))
            .AddPolicy(Policies.Operate, policy => policy.RequireAuthenticatedUser().RequireRole(Roles.Operator, Roles.Admin))
            .AddPolicy(Policies.Administer, policy => policy.RequireAuthenticatedUser().RequireRole(Roles.Admin));
        // Keys in the database: cookies and forms survive a restart and are good on every node.
        services.AddDataProtection().SetApplicationName("storefront").PersistKeysToDbContext<ShopDb>();
        services.AddAntiforgery(antiforgery => antiforgery.Cookie.Name = "storefront-form");
        services.AddScoped<FirstAdmin>();
    }

    /// <summary>The Hangfire dashboard: for staff by policy, never by where the request comes from, and read-only for viewers.</summary>
    public static void MapAdmin(this WebApplication app)
    {
        app.MapOrdersCsv();
        app.UseDashboardAudit("/admin/jobs");
        app.MapHangfireDashboardWithAuthorizationPolicy(Policies.Staff, "/admin/jobs", new DashboardOptions
        {
            DashboardTitle = "Storefront jobs",
            AppPath = "/admin",
            DisplayStorageConnectionString = false,
            IsReadOnlyFunc = context => !context.GetHttpContext().User.IsInRole(Roles.Operator) && !context.GetHttpContext().User.IsInRole(Roles.Admin),
        });
    }
}
