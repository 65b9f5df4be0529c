using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.BackOffice;

internal static class BackOfficeRegistration
{
    /// <summary>What the back office looks at and what it may do.</summary>
    public static IServiceCollection AddBackOffice(this IServiceCollection services) => services
        .AddSingleton<AuditTrail>().AddSingleton<Switches>().AddHostedService<SwitchWatch>()
        .AddSingleton<OperatorActions>().AddSingleton<BulkWork>()
        .AddSingleton<OrderSearch>().AddSingleton<OrderStory>().AddSingleton(provider => new OrderInquiry(
            provider.GetRequiredService<Inventory.Inventory>(), provider.GetServices<IDeliveryStatus>(),
            provider.GetRequiredService<EffectCatalogue>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<Failures>().AddSingleton<DrainTime>().AddSingleton<Incidents>().AddSingleton<Repairs>()
        .AddSingleton<Traffic>().AddSingleton<Backlog>().AddSingleton<Recurring>();
}
