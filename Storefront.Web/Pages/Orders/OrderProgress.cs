using Storefront.Jobs.Orders;

namespace Storefront.Web.Pages.Orders;

/// <summary>An order's way in words: what the shopper is told, and whether there is anything left to wait for.</summary>
public sealed record OrderProgress(string Heading, string Lead, IReadOnlyList<OrderStep> Steps, bool Settled)
{
    /// <summary>What is due later than this is a plan, not a thing to wait for with the page open.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(10);

    /// <param name="mailWaits">The email service is down, and mails wait for it.</param>
    public static OrderProgress Of(Order order, DateTimeOffset now, bool mailWaits = false)
    {
        var (heading, lead) = Words(order);
        var mails = order.Deliveries.OrderBy(delivery => delivery.DueAt).ThenBy(delivery => delivery.Effect, StringComparer.Ordinal)
            .Select(delivery => Mail(delivery, mailWaits)).OfType<OrderStep>();
        var settled = order.Status != OrderStatus.Reserving
            && order.Deliveries.All(delivery => delivery.State != DeliveryState.Pending || delivery.DueAt > now + Soon);
        return new(heading, lead, [new(StepState.Done, "Order received", order.CreatedAt), .. Stock(order), .. mails], settled);
    }

    private static (string Heading, string Lead) Words(Order order) => order switch
    {
        { Status: OrderStatus.Reserving } =>
            ("We are confirming your order",
                "Checking our stock takes longer than usual. This page updates by itself. You can close it: we will email you the result."),
        { Status: OrderStatus.Placed } => ("Thank you. Your order is placed", "All items are reserved for you."),
        { Status: OrderStatus.Cancelled } => ("This order is cancelled", "The items are no longer reserved for you."),
        { Failure: OrderFailure.SoldOut } =>
            ("Sold out before we could place your order",
                "There was not enough in stock, so this order was not placed. You have not been charged."),
        { Failure: OrderFailure.UnknownSku } => ("A product is no longer sold", "This order was not placed. You have not been charged."),
        _ => ("This order could not be placed", "We could not check our stock. You have not been charged, and you can order again."),
    };

    private static IEnumerable<OrderStep> Stock(Order order) => order.Status switch
    {
        OrderStatus.Reserving =>
        [
            new(StepState.Now, "Checking stock"), new(StepState.Later, "Order placed"), new(StepState.Later, "Confirmation email"),
        ],
        OrderStatus.Placed => [new(StepState.Done, "Stock reserved", order.PlacedAt), new(StepState.Done, "Order placed", order.PlacedAt)],
        OrderStatus.Cancelled => [new(StepState.Done, "Order placed", order.PlacedAt), new(StepState.Done, "Order cancelled")],
        _ => [new(StepState.Trouble, "Order not placed", Note: "You have not been charged.")],
    };

    private static OrderStep? Mail(Delivery delivery, bool waits)
    {
        var mail = delivery.Effect switch
        {
            EffectNames.OrderConfirmation => "Confirmation email",
            EffectNames.OrderApology => "Apology email",
            EffectNames.OrderCancellation => "Cancellation email",
            EffectNames.ReviewRequest => "Review request",
            _ => null,
        };
        if (mail is null) return null;

        var planned = delivery.Effect == EffectNames.ReviewRequest;
        return delivery switch
        {
            { State: DeliveryState.Delivered } => new(StepState.Done, $"{mail}: sent", delivery.DeliveredAt),
            { State: DeliveryState.Cancelled } => new(StepState.Later, $"{mail}: will not be sent"),
            { State: DeliveryState.Dead } =>
                new(StepState.Trouble, $"{mail}: not sent", Note: "Our team is looking into it. Your order is not affected."),
            { State: DeliveryState.Pending } when waits && !(planned && delivery.Attempts == 0) =>
                new(StepState.Now, $"{mail}: will be sent as soon as our email service is back", Note: "Your order is not affected."),
            { Attempts: > 0, NextAttemptAt: { } next } =>
                new(StepState.Now, $"{mail}: delayed, next attempt at", next, Note: "Your order is not affected."),
            _ when planned && delivery.Attempts == 0 => new(StepState.Later, $"{mail}: planned for", delivery.DueAt, DateOnly: true),
            _ => new(StepState.Now, $"{mail}: on its way"),
        };
    }
}
