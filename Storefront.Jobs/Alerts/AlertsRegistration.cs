using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Settings;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Alerts;

internal static class AlertsRegistration
{
    public const string Key = "alerts";

    private const string Name = "Alerts";

    public static IServiceCollection AddAlerts(this IServiceCollection services)
    {
        services.AddChecked<WebhookOptions>("Alerts:Webhook");
        services.AddClient<IWebhookApi>(Name, Key, (provider, client) =>
        {
            var options = provider.GetRequiredService<IOptions<WebhookOptions>>().Value;
            if (options.IsOn) client.BaseAddress = new Uri(options.Url);
            if (options.Key.Length > 0) client.DefaultRequestHeaders.Authorization = new("Bearer", options.Key);
        })
            // No span: its address is a secret, and a span would tell it to whoever collects them.
            .ConfigurePrimaryHttpMessageHandler(
                (handler, _) => ((SocketsHttpHandler)((DelegatingHandler)handler).InnerHandler!).ActivityHeadersPropagator = null)
            .AddJobPipeline<WebhookOptions>(Name, options => (Concurrent: 4, options.Timeout));
        return services.AddSingleton<IAlarm, Alarm>();
    }
}
