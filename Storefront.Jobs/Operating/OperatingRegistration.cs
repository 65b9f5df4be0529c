using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Email;

namespace Storefront.Jobs.Operating;

internal static class OperatingRegistration
{
    /// <summary>What the back office looks at and what it may do.</summary>
    public static IServiceCollection AddOperating(this IServiceCollection services) => services
        .AddSingleton<AuditTrail>().AddSingleton<Switches>().AddHostedService<SwitchWatch>()
        .AddSingleton<Interventions>().AddSingleton<BulkWork>()
        .AddSingleton<OrderSearch>().AddSingleton<OrderStory>().AddSingleton(provider => new OrderInquiry(
            provider.GetRequiredService<Inventory.Inventory>(), provider.GetRequiredService<Post>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<Failures>().AddSingleton<Repairs>()
        .AddSingleton<Traffic>().AddSingleton<Backlog>().AddSingleton<Recurring>();
}
