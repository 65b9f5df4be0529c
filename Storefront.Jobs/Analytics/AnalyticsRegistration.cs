using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Analytics;

internal static class AnalyticsRegistration
{
    public static readonly Partner Partner = new("Analytics", KeyLife: null) { Register = Register };

    private const string Key = "analytics";

    private static void Register(IServiceCollection services)
    {
        services.AddPartnerOptions<AnalyticsOptions>(Partner);
        services.AddPartner<IAnalyticsApi, AnalyticsOptions>(Partner, Key, options => new("Basic", WriteKey(options)))
            .AddJobPipeline<AnalyticsOptions>(Partner.Name, options => (options.ConcurrentCalls, options.Timeout), isGated: true);
        services.AddSingleton(
            provider => ActivatorUtilities.CreateInstance<AnalyticsSender>(provider, provider.GetRequiredKeyedService<IAnalyticsApi>(Key)));
    }

    // The write key is the user, the password is empty, and the colon between them is obligatory.
    private static string WriteKey(AnalyticsOptions options) => Convert.ToBase64String(Encoding.UTF8.GetBytes(options.ApiKey + ":"));
}
