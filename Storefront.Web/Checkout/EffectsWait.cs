using Microsoft.Extensions.Options;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Checkout;

/// <summary>
/// Waits for what an order brings about, on behalf of a caller that wants to see all of it in one answer. It looks at the order again and
/// again: any process of the fleet may do the work.
/// </summary>
public sealed class EffectsWait(
    OrderStore orders, IOptions<InventoryOptions> inventory, TimeProvider clock, IHostApplicationLifetime host)
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>What is due later than this is a plan: nobody waits for it unless it is named.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromMilliseconds(250);

    /// <param name="most">At most <see cref="Longest"/>.</param>
    /// <param name="effects">Their names; empty: all that are due at once.</param>
    /// <returns>What the order has come to when nothing is left to wait for, or the time is up.</returns>
    public async Task<CheckoutResult> WaitAsync(
        CheckoutResult result, TimeSpan most, IReadOnlyCollection<string> effects, CancellationToken cancel) => result switch
    {
        CheckoutResult.Placed placed => placed with { Order = await UntilDoneAsync(placed.Order, most, effects, cancel) },
        CheckoutResult.Ended ended => ended with { Order = await UntilDoneAsync(ended.Order, most, effects, cancel) },
        CheckoutResult.Confirming confirming => await UntilDoneAsync(confirming.Order, most, effects, cancel) switch
        {
            { Status: OrderStatus.Placed } order => new CheckoutResult.Placed(order, confirming.Replayed),
            { Status: OrderStatus.Reserving } order => confirming with { Order = order },
            var order => CheckoutResult.Replay(order, TimeSpan.FromSeconds(inventory.Value.RetryAfterSeconds)),
        },
        _ => result,
    };

    private async Task<Order> UntilDoneAsync(Order order, TimeSpan most, IReadOnlyCollection<string> effects, CancellationToken cancel)
    {
        var until = clock.GetUtcNow() + most;
        for (var pause = FirstPause; !IsDone(order, effects); pause = Shorter(pause * 1.5, LongestPause))
        {
            var left = until - clock.GetUtcNow();
            // A call that waits must not hold up a deploy.
            if (left <= TimeSpan.Zero || host.ApplicationStopping.IsCancellationRequested) break;
            await Task.Delay(Shorter(pause, left), clock, cancel);
            order = (await orders.FindAsync(order.Id, cancel))!;
        }

        return order;
    }

    private static bool IsDone(Order order, IReadOnlyCollection<string> effects) =>
        order.Status != OrderStatus.Reserving && order.Deliveries.All(delivery =>
            delivery.State != DeliveryState.Pending
            || (effects.Count == 0 ? delivery.DueAt > order.CreatedAt + Soon : !effects.Contains(delivery.Effect)));

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
