using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.Email;

/// <summary>Tells the shopper that the order is cancelled, and never before telling them that it was placed.</summary>
internal sealed class SendOrderCancellation(OrderMailer mailer, OrderStore orders) : IEffectJob
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task RunAsync(Guid orderId, CancellationToken cancel)
    {
        var order = await orders.FindAsync(orderId, cancel);
        if (order?.Deliveries.Any(delivery => delivery is { Effect: EffectNames.OrderConfirmation, State: DeliveryState.Pending }) == true)
            throw new RetryLater(Patience, new InvalidOperationException("The confirmation has not gone out yet."), deferred: true);

        await mailer.SendAsync<OrderCancellation>(orderId, EffectNames.OrderCancellation, cancel);
    }
}
