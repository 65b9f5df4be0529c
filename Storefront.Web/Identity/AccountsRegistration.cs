namespace Storefront.Web.Identity;

public static class AccountsRegistration
{
    /// <summary>Accounts of shoppers, for those who want one. Needs the identity that <c>AddAdmin</c> brings.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services) =>
        services.AddSingleton<LinkPace>().AddScoped<PasswordLinks>().AddScoped<Passwords>();
}
