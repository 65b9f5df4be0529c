using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Analytics;

internal sealed class TrackOrderCancelled(AnalyticsSender sender) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        sender.TrackAsync(orderId, EffectNames.OrderCancelledEvent, "Order Cancelled", cancel);
}
