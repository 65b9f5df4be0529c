using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Analytics;

internal sealed class TrackOrderPlaced(AnalyticsSender sender) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        sender.TrackAsync(orderId, EffectNames.OrderPlacedEvent, "Order Completed", cancel);
}
