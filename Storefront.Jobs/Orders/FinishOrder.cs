using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Orders;

/// <summary>
/// Finds out what Inventory never told us about an open order: asks the same again, until the answer is definite or the time is up.
/// </summary>
internal class FinishOrder(OrderStore orders, IReservations reservations)
{
    public static NewJob Job(Guid orderId) =>
        new(Hangfire.Common.Job.FromExpression<FinishOrder>(job => job.RunAsync(orderId, CancellationToken.None)), Queues.Orders);

    public async Task RunAsync(Guid orderId, CancellationToken cancel)
    {
        if (await orders.FindAsync(orderId, cancel) is not { Status: OrderStatus.Reserving } order) return;
        if (await orders.TakeLeaseAsync(orderId, cancel) is not { } lease) throw Later(order, "Another process is working on this order.");
        CrashPoint.At("finish-leased");

        CallLog.Begin();
        var answer = await reservations.ReserveAsync(orderId, order.Lines, cancel);
        var decision = Decision.On(answer, shopperWaits: false, askedBefore: true, timeIsUp: order.Age > reservations.GiveUpAfter);
        if (decision is Decision.LeaveOpen)
        {
            await orders.ReleaseLeaseAsync(lease, cancel);
            throw Later(order, "Inventory has not given a definite answer.");
        }

        await orders.SettleAsync(lease, decision, cancel);
    }

    // Often while the shopper may still be looking, later more rarely.
    private static RetryLater Later(Order order, string why)
    {
        var wait = order.Age / 4;
        wait = wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait > TimeSpan.FromSeconds(30) ? TimeSpan.FromSeconds(30) : wait;
        return new RetryLater(wait, new InvalidOperationException(why), deferred: true);
    }
}
