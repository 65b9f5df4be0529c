namespace Storefront.Jobs.Orders;

/// <summary>The names of effects that the shop itself speaks of. They are stored: rename none.</summary>
public static class EffectNames
{
    public const string OrderConfirmation = "order-confirmation";
    public const string OrderPlacedEvent = "order-placed-event";
    public const string ReviewRequest = "review-request";
    public const string OrderApology = "order-apology";
    public const string OrderCancellation = "order-cancellation";
    public const string OrderCancelledEvent = "order-cancelled-event";
    public const string OrderLink = "order-link";
    public const string StockRelease = "stock-release";
}
