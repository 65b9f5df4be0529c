using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Loyalty;

internal static class LoyaltyRegistration
{
    public static readonly Partner Partner = new("Loyalty", KeyLife: null) { IsOptional = true, Register = Register };

    private const string Key = "loyalty";

    private static void Register(IServiceCollection services)
    {
        services.AddPartnerOptions<LoyaltyOptions>(Partner);
        services.AddPartner<ILoyaltyApi, LoyaltyOptions>(Partner, Key, options => new("Bearer", options.ApiKey))
            .AddJobPipeline<LoyaltyOptions>(Partner.Name, options => (options.ConcurrentCalls, options.Timeout), isGated: true);
        services.AddSingleton(
            provider => ActivatorUtilities.CreateInstance<LoyaltyPoints>(provider, provider.GetRequiredKeyedService<ILoyaltyApi>(Key)));
    }
}
