using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Analytics;

/// <summary>Counts a placed order.</summary>
internal sealed class TrackOrderPlaced(Tracker tracker) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        tracker.TrackAsync(orderId, Effects.OrderPlacedEvent, "Order Completed", cancel);
}
