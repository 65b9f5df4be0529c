using Storefront.Jobs.Orders;

namespace Storefront.Web.Pages.Orders;

/// <summary>An order's way in words: what the shopper is told, and whether there is anything left to wait for.</summary>
public sealed record OrderProgress(string Heading, string Lead, IReadOnlyList<OrderStep> Steps, bool Settled)
{
    /// <summary>What is due later than this is a plan, not a thing to wait for with the page open.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(10);

    public static OrderProgress Of(Order order, DateTimeOffset now)
    {
        var (heading, lead) = Words(order);
        var mails = order.Deliveries.OrderBy(delivery => delivery.DueAt).ThenBy(delivery => delivery.Effect, StringComparer.Ordinal)
            .Select(Mail).OfType<OrderStep>();
        var settled = order.Status != OrderStatus.Reserving
            && order.Deliveries.All(delivery => delivery.State != DeliveryState.Pending || delivery.DueAt > now + Soon);
        return new(heading, lead, [new(StepState.Done, "Received", order.CreatedAt), .. Stock(order), .. mails], settled);
    }

    private static (string Heading, string Lead) Words(Order order) => order switch
    {
        { Status: OrderStatus.Reserving } =>
            ("We are confirming your order",
                "Our stock room is taking longer than usual. This page changes by itself; you may also close it, the mail will find you."),
        { Status: OrderStatus.Placed } => ("Thank you. Your order is placed", "Everything is put aside for you."),
        { Status: OrderStatus.Cancelled } => ("This order is cancelled", "What was put aside for it is back on the shelf."),
        { Failure: OrderFailure.SoldOut } =>
            ("Somebody was quicker", "There was not enough left, so this order was not placed. Nothing was taken."),
        { Failure: OrderFailure.UnknownSku } => ("Something has left the catalogue", "So this order was not placed. Nothing was taken."),
        _ => ("This order could not be placed", "We could not reach our stock room. Nothing was taken, and you can order again."),
    };

    private static IEnumerable<OrderStep> Stock(Order order) => order.Status switch
    {
        OrderStatus.Reserving =>
        [
            new(StepState.Now, "Asking the stock room"), new(StepState.Later, "Order placed"), new(StepState.Later, "Confirmation mail"),
        ],
        OrderStatus.Placed => [new(StepState.Done, "Stock reserved", order.PlacedAt), new(StepState.Done, "Order placed", order.PlacedAt)],
        OrderStatus.Cancelled => [new(StepState.Done, "Order placed", order.PlacedAt), new(StepState.Done, "Cancelled")],
        _ => [new(StepState.Trouble, "Not placed", Note: "Nothing was taken.")],
    };

    private static OrderStep? Mail(Delivery delivery)
    {
        var mail = delivery.Effect switch
        {
            EffectNames.OrderConfirmation => "Confirmation mail",
            EffectNames.OrderApology => "Our apology by mail",
            EffectNames.OrderCancellation => "Cancellation mail",
            EffectNames.ReviewRequest => "Asking for your review",
            _ => null,
        };
        if (mail is null) return null;

        var planned = delivery.Effect == EffectNames.ReviewRequest;
        return delivery switch
        {
            { State: DeliveryState.Delivered } => new(StepState.Done, $"{mail}: sent", delivery.DeliveredAt),
            { State: DeliveryState.Cancelled } => new(StepState.Later, $"{mail}: not needed any more"),
            { State: DeliveryState.Dead } =>
                new(StepState.Trouble, $"{mail}: not sent", Note: "Our people are looking into it. Your order is not affected."),
            { Attempts: > 0, NextAttemptAt: { } next } =>
                new(StepState.Now, $"{mail}: delayed, being tried again at", next, Note: "Your order is not affected."),
            _ when planned && delivery.Attempts == 0 => new(StepState.Later, $"{mail}: planned for", delivery.DueAt, DateOnly: true),
            _ => new(StepState.Now, $"{mail}: on its way"),
        };
    }
}
