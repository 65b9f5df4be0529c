using Microsoft.Extensions.Logging;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Orders;

/// <summary>Tells people of a delivery that is not tried again by itself.</summary>
internal sealed class DeadDeliveries(IAlarm alarm, ILogger<DeadDeliveries> log)
{
    /// <param name="why">Without personal data.</param>
    public Task ReportAsync(string effect, Guid orderId, string why)
    {
        log.Dead(effect, orderId, why);
        return alarm.RaiseAsync(AlertKind.DeadDelivery, $"{effect} of order {orderId} is dead and needs attention: {why}");
    }
}
