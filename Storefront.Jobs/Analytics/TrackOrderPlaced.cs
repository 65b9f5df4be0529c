using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Analytics;

/// <summary>Counts a placed order.</summary>
internal sealed class TrackOrderPlaced(AnalyticsSender sender) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        sender.TrackAsync(orderId, EffectNames.OrderPlacedEvent, "Order Completed", cancel);
}
