using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Email;

/// <summary>
/// Tells the shopper that the order is placed, and never after telling them that it is cancelled: neither do repeats by hand.
/// </summary>
internal sealed class SendOrderConfirmation(OrderMailer mailer) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        mailer.SendAsync<OrderConfirmation>(orderId, EffectNames.OrderConfirmation, cancel, tooLate: order =>
            order.Deliveries.Any(delivery => delivery is { Effect: EffectNames.OrderCancellation, FirstAttemptAt: not null })
                ? "The shopper has been told that the order is cancelled: confirming it now would contradict that."
                : null);
}
