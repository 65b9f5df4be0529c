using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Email;

/// <summary>Sends the link to an order to the address it was placed with, and to nobody for an order that is not there.</summary>
internal sealed class SendOrderLink(OrderMailer mailer, OrderStore orders) : IEffectJob
{
    public async Task RunAsync(Guid orderId, CancellationToken cancel)
    {
        if (await orders.FindAsync(orderId, cancel) is not null) await mailer.SendAsync<OrderLink>(orderId, EffectNames.OrderLink, cancel);
    }
}
