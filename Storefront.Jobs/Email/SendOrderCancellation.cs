using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.Email;

/// <summary>Tells the shopper that the order is cancelled, and never before telling them that it was placed.</summary>
internal sealed class SendOrderCancellation(OrderMailer mailer, OrderStore orders) : IEffectJob
{
    public async Task RunAsync(Guid orderId, CancellationToken cancel)
    {
        if (await orders.FindAsync(orderId, cancel) is { Status: OrderStatus.Cancelled } order
            && order.Deliveries.Any(delivery => delivery is { Effect: EffectNames.OrderConfirmation, State: DeliveryState.Pending }))
            await ConfirmAsync(orderId, cancel);

        await mailer.SendAsync<OrderCancellation>(orderId, EffectNames.OrderCancellation, cancel);
    }

    // Whichever of the two jobs comes first sends it. If this one only waited, many cancellations would come back again and again while
    // Email is down, each before the confirmation that it waits for.
    private async Task ConfirmAsync(Guid orderId, CancellationToken cancel)
    {
        try
        {
            await new SendOrderConfirmation(mailer).RunAsync(orderId, cancel);
        }
        catch (RetryLater later)
        {
            throw new RetryLater(later.After, later, deferred: true);
        }
        catch (DeadLetter)
        {
            // A person looks after the confirmation. The shopper still has to know that the order is cancelled.
        }
    }
}
