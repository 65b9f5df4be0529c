using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Identity;
using Storefront.Web.Database;

namespace Storefront.Web.Identity;

internal static class AdminRegistration
{
    public static void AddAdmin(this IServiceCollection services)
    {
        services.AddIdentity<IdentityUser, IdentityRole>(identity =>
        {
            identity.User.RequireUniqueEmail = true;
            identity.Password.RequiredLength = 12;
            identity.Password.RequireNonAlphanumeric = identity.Password.RequireDigit = identity.Password.RequireUppercase = false;
            identity.Lockout.MaxFailedAccessAttempts = int.MaxValue; // SignInAttempts locks out clients, and never the account
        }).AddEntityFrameworkStores<ShopDb>().AddUserStore<SealedUserStore>()
            .AddPasswordValidator<NoCommonPassword>()
            .AddDefaultTokenProviders().AddTokenProvider<OneTimeAuthenticator>(TokenOptions.DefaultAuthenticatorProvider);
        services.ConfigureApplicationCookie(cookie =>
        {
            cookie.LoginPath = "/account/sign-in";
            cookie.AccessDeniedPath = "/account/denied";
            cookie.Events.OnRedirectToAccessDenied = SecondFactor.LeadAsync;
            // The error page must not query the database: it may be shown because the database is away.
            var validate = cookie.Events.OnValidatePrincipal;
            cookie.Events.OnValidatePrincipal = session =>
                session.HttpContext.Features.Get<IExceptionHandlerFeature>() is null ? validate(session) : Task.CompletedTask;
            cookie.ExpireTimeSpan = TimeSpan.FromHours(8);
        });
        services.Configure<SecurityStampValidatorOptions>(stamp =>
        {
            stamp.ValidationInterval = TimeSpan.FromMinutes(1);
            stamp.OnRefreshingPrincipal = SecondFactor.KeepAsync;
        });
        services.AddSessions();
        services.AddSingleton<SignInAttempts>();
        services.AddOptions<AdminOptions>().BindConfiguration("Admin").ValidateOnStart();
        services.AddSingleton<IAuthorizationHandler, SecondFactor>();
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(Policies.Default)
            .AddPolicy(Policies.Staff, policy => policy.RequireStaff(Roles.All))
            .AddPolicy(Policies.Operate, policy => policy.RequireStaff(Roles.Operator, Roles.Admin))
            .AddPolicy(Policies.Administer, policy => policy.RequireStaff(Roles.Admin));
        // Keys in the database: cookies and forms survive a restart and are good on every node.
        services.AddDataProtection().SetApplicationName("storefront").PersistKeysToDbContext<ShopDb>();
        services.AddScoped<FirstAdmin>();
        services.AddScoped<StaffAccounts>();
        services.AddMemoryCache().AddSingleton<ApiClients>();
    }

    private static void RequireStaff(this AuthorizationPolicyBuilder policy, params IEnumerable<string> roles) =>
        policy.RequireAuthenticatedUser().RequireRole(roles).AddRequirements(new SecondFactor.Requirement());
}
