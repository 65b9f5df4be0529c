using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Loyalty;

internal sealed class ReversePoints(LoyaltyPoints points) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) => points.ReverseAsync(orderId, cancel);
}
