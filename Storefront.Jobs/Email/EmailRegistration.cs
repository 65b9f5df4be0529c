using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Hosting;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Email;

internal static class EmailRegistration
{
    private const string Key = "email";

    public static IServiceCollection AddEmail(this IServiceCollection services)
    {
        services.AddChecked<EmailOptions>("Partners:Email");
        services.AddChecked<ShopOptions>("Shop");
        services.AddPartner<IEmailApi, EmailOptions>("Email", Key, options => new("Bearer", options.ApiKey))
            .AddJobPipeline<EmailOptions>("Email", options => (options.ConcurrentCalls, options.Timeout));
        return services.AddSingleton<Letters>().AddSingleton<OrderLinks>().AddSingleton<AccountLinks>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<Post>(provider, provider.GetRequiredKeyedService<IEmailApi>(Key)));
    }
}
