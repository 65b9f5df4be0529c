using Microsoft.Extensions.Logging;

namespace Storefront.Jobs;

/// <summary>Every sentence this project logs. Orders are named by id, people never.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Reconciliation repaired {Count} orders or deliveries.")]
    public static partial void Repaired(this ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Order {OrderId} and Inventory disagree: {Found}.")]
    public static partial void Differs(this ILogger log, Guid orderId, string found);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Delivery {Effect} of order {OrderId} is dead and waits for a human: {Why}")]
    public static partial void Dead(this ILogger log, string effect, Guid orderId, string why);
}
