using Storefront.Jobs.Orders;

namespace Storefront.Web.Telemetry;

/// <summary>Every sentence this project logs. Orders are named by id, people never.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Critical,
        Message = "Inventory could not be asked for order {OrderId}: nothing was sent, the shopper was told so.")]
    public static partial void InventoryUnavailable(this ILogger log, Guid orderId);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Inventory refused order {OrderId} ({Why}): check its key and contract.")]
    public static partial void InventoryRefused(this ILogger log, Guid orderId, OrderFailure why);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Inventory left order {OrderId} without a definite answer: {Why} A job finds it out.")]
    public static partial void InventoryUnknown(this ILogger log, Guid orderId, string why);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Somebody else listens on {Url}, so this process shows no metrics: give it another Telemetry:Prometheus:Url.")]
    public static partial void NotMeasured(this ILogger log, string url);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is away, so a request was answered with 503: {Why}")]
    public static partial void DatabaseAway(this ILogger log, string why);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Host {Host} of the database is away, so nobody knows whether it is a pooler in transaction mode.")]
    public static partial void HostNotChecked(this ILogger log, string? host);

    [LoggerMessage(Level = LogLevel.Information, Message = "Open on {Url}.")]
    public static partial void Open(this ILogger log, string? url);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Products} products are priced in another currency than Shop:Currency, which is {Currency}: they are not sold and not shown. "
        + "Import them again in {Currency}.")]
    public static partial void ProductsInOtherCurrency(this ILogger log, int products, string currency);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "A cart cookie could not be read ({Reason}): its shopper starts with an empty cart.")]
    public static partial void CartUnreadable(this ILogger log, string reason);
}
