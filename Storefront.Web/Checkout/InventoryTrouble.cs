using Storefront.Jobs.Orders;
using Storefront.Jobs.Telemetry;
using Storefront.Web.Telemetry;

namespace Storefront.Web.Checkout;

/// <summary>Tells people when orders cannot be placed because of Inventory.</summary>
public sealed class InventoryTrouble(IAlarm alarm, ILogger<Checkout> log)
{
    private const string NotAsked = "Inventory cannot be asked, so no order can be placed.";

    public async Task ReportAsync(Guid orderId, ReserveAnswer answer)
    {
        switch (answer)
        {
            case ReserveAnswer.No { Why: OrderFailure.SoldOut or OrderFailure.UnknownSku }:
                break;
            case ReserveAnswer.No no:
                log.InventoryRefused(orderId, no.Why);
                await alarm.RaiseAsync(AlertKind.InventoryUnavailable, $"Inventory refused order {orderId}: check its key and contract.");
                break;
            case ReserveAnswer.NotSent:
                log.InventoryUnavailable(orderId);
                await alarm.RaiseAsync(AlertKind.InventoryUnavailable, NotAsked);
                break;
            case ReserveAnswer.Unknown unknown:
                log.InventoryUnknown(orderId, unknown.Why);
                break;
        }
    }
}
