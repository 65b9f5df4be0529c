using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Settings;

namespace Storefront.Jobs.Email;

internal static class EmailRegistration
{
    // It forgets keys after 24 h. An hour less, for clocks that differ and a call that takes its time.
    public static readonly Partner Partner = new("Email", KeyLife: TimeSpan.FromHours(23), MaySendAgain: true) { Register = Register };

    private const string Key = "email";

    private static void Register(IServiceCollection services)
    {
        services.AddPartnerOptions<EmailOptions>(Partner);
        services.AddChecked<ShopOptions>("Shop");
        services.AddPartner<IEmailApi, EmailOptions>(Partner, Key, options => new("Bearer", options.ApiKey))
            .AddJobPipeline<EmailOptions>(Partner.Name, options => (options.ConcurrentCalls, options.Timeout), isGated: true);
        services.AddSingleton<Letters>().AddSingleton<OrderLinks>().AddSingleton<AccountLinks>()
            .AddSingleton(
                provider => ActivatorUtilities.CreateInstance<OrderMailer>(provider, provider.GetRequiredKeyedService<IEmailApi>(Key)))
            .AddSingleton<IDeliveryStatus>(provider =>
                ActivatorUtilities.CreateInstance<EmailDeliveryStatus>(provider, provider.GetRequiredKeyedService<IEmailApi>(Key)));
    }
}
