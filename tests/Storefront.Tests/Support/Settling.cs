using Storefront.Jobs.Orders;

namespace Storefront.Tests.Support;

/// <summary>Settles an open order without Inventory.</summary>
internal static class Settling
{
    public static Task<Order> PlaceAsync(this OrderStore orders, Lease lease) => orders.SettleAsync(lease, new Decision.Place());

    public static Task<Order> RejectAsync(
        this OrderStore orders, Lease lease, OrderFailure why, IReadOnlyList<Shortfall> shortfalls, bool release, bool apologise) =>
        orders.SettleAsync(lease, new Decision.Refuse(OrderStatus.Rejected, why, shortfalls, release, apologise));

    public static Task<Order> FailAsync(this OrderStore orders, Lease lease, OrderFailure why, bool release, bool apologise) =>
        orders.SettleAsync(lease, new Decision.Refuse(OrderStatus.Failed, why, [], release, apologise));

    public static Task<Order> LeaveOpenAsync(this OrderStore orders, Lease lease) => orders.SettleAsync(lease, new Decision.LeaveOpen());
}
