using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Inventory;

/// <summary>Gives back what an order holds, or may come to hold.</summary>
internal sealed class ReleaseStock(DeliveryExecutor executor, Inventory inventory) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        executor.DeliverAsync(orderId, EffectNames.StockRelease, write: null, async (order, _) =>
        {
            await inventory.ReleaseAsync(order.Id, cancel);
            return order.Id.ToString();
        }, cancel);
}
