using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Email;

/// <summary>Tells a shopper who was left with "we are confirming" that it came to nothing.</summary>
internal sealed class SendOrderApology(OrderMailer mailer) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        mailer.SendAsync<OrderApology>(orderId, EffectNames.OrderApology, cancel);
}
