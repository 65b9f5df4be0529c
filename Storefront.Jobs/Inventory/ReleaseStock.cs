using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Inventory;

/// <summary>Gives back what an order holds, or may come to hold.</summary>
internal sealed class ReleaseStock(Courier courier, Inventory inventory) : IEffectJob
{
    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        courier.DeliverAsync(orderId, Effects.StockRelease, InventoryRegistration.Partner, write: null, async (order, _) =>
        {
            await inventory.ReleaseAsync(order.Id, cancel);
            return order.Id.ToString();
        }, cancel);
}
