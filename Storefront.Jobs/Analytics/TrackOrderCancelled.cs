using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Analytics;

/// <summary>Counts a cancelled order.</summary>
internal sealed class TrackOrderCancelled(Tracker tracker) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        tracker.TrackAsync(orderId, Effects.OrderCancelledEvent, "Order Cancelled", cancel);
}
