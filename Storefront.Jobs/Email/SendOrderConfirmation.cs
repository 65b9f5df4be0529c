using Storefront.Jobs.Placing;

namespace Storefront.Jobs.Email;

/// <summary>Tells the shopper that the order is placed.</summary>
internal sealed class SendOrderConfirmation(Post post) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        post.SendAsync<OrderConfirmation>(orderId, Effects.OrderConfirmation, cancel);
}
