namespace Storefront.Jobs.Orders;

/// <summary>What becomes of an order, now that Inventory has answered or has not.</summary>
public abstract record Decision
{
    private Decision() { }

    /// <summary>The stock is held: the order is placed, and its effects become due.</summary>
    public sealed record Place : Decision;

    /// <summary>The order ends without its goods.</summary>
    /// <param name="Release">An earlier call without an answer may still take the stock, so it is released.</param>
    /// <param name="Apologise">The shopper is not waiting any more, and is told by mail.</param>
    public sealed record Refuse(
        OrderStatus Status, OrderFailure Why, IReadOnlyList<Shortfall> Shortfalls, bool Release, bool Apologise) : Decision;

    /// <summary>Nobody knows whether the stock is held: a job asks again.</summary>
    public sealed record LeaveOpen : Decision;

    /// <param name="shopperWaits">False: a job asked, after the shopper was told that the order is being confirmed.</param>
    /// <param name="askedBefore">The order was open before, so an earlier call may have taken the stock or may still take it.</param>
    /// <param name="timeIsUp">The order has been open for as long as it may be.</param>
    public static Decision On(ReserveAnswer answer, bool shopperWaits, bool askedBefore, bool timeIsUp) => answer switch
    {
        ReserveAnswer.Held => new Place(),
        ReserveAnswer.No { Why: OrderFailure.SoldOut or OrderFailure.UnknownSku } no =>
            new Refuse(OrderStatus.Rejected, no.Why, no.Shortfalls, no.Release || askedBefore, !shopperWaits),
        ReserveAnswer.No no => new Refuse(OrderStatus.Failed, no.Why, [], no.Release || askedBefore, !shopperWaits),
        ReserveAnswer.NotSent when !askedBefore => new Refuse(OrderStatus.Failed, OrderFailure.NotSent, [], Release: false, !shopperWaits),
        _ when timeIsUp => new Refuse(OrderStatus.Failed, OrderFailure.GivenUp, [], Release: true, !shopperWaits),
        _ => new LeaveOpen(),
    };
}
