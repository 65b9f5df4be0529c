using System.Diagnostics;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Retrying;
using Storefront.Jobs.Storage;

namespace Storefront.Jobs.Placing;

/// <summary>Finds out what Inventory never told us about an open order: asks the same again, until the answer is definite or the time is up.</summary>
internal sealed class FinishOrder(OrderBook orders, Inventory.Inventory inventory, IOptions<InventoryOptions> options)
{
    public static NewJob Job(Guid orderId) => new(Hangfire.Common.Job.FromExpression<FinishOrder>(job => job.RunAsync(orderId, CancellationToken.None)), Queues.Critical);

    public async Task RunAsync(Guid orderId, CancellationToken cancel)
    {
        if (await orders.FindAsync(orderId, cancel) is not { Status: OrderStatus.Reserving } order) return;
        if (await orders.LeaseAsync(orderId, cancel) is not { } lease) throw Later(order, "Somebody else is at it.");
        CrashPoint.At("finish-leased");

        CallLog.Begin();
        switch (await inventory.ReserveAsync(orderId, order.Lines, cancel))
        {
            case ReserveAnswer.Held:
                await orders.PlaceAsync(lease, cancel);
                break;
            case ReserveAnswer.No { Why: OrderFailure.SoldOut or OrderFailure.UnknownSku } no:
                await orders.RejectAsync(lease, no.Why, no.Shortfalls, release: true, apologise: true, cancel);
                break;
            case ReserveAnswer.No no:
                await orders.FailAsync(lease, no.Why, release: true, apologise: true, cancel);
                break;
            case ReserveAnswer.Unknown or ReserveAnswer.NotSent when order.Age > options.Value.GiveUpAfter:
                await orders.FailAsync(lease, OrderFailure.GivenUp, release: true, apologise: true, cancel);
                break;
            case ReserveAnswer.Unknown or ReserveAnswer.NotSent:
                await orders.YieldAsync(lease, cancel);
                throw Later(order, "Inventory has not given a definite answer.");
            default:
                throw new UnreachableException();
        }
    }

    // Soon while the shopper may still be looking, then at a walk.
    private static RetryLater Later(Order order, string why)
    {
        var wait = order.Age / 4;
        wait = wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait > TimeSpan.FromSeconds(30) ? TimeSpan.FromSeconds(30) : wait;
        return new RetryLater(wait, new InvalidOperationException(why), deferred: true);
    }
}
