using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Loyalty;

internal sealed class CreditPoints(LoyaltyPoints points) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) => points.CreditAsync(orderId, cancel);
}
