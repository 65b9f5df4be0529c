using Npgsql;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Checkout;

/// <summary>
/// Waits for what an order brings about, on behalf of a caller that wants to see all of it in one answer. It looks at the order again and
/// again, since any process of the fleet may do the work.
/// </summary>
public sealed class EffectsWait(OrderStore orders, TimeProvider clock, IHostApplicationLifetime host)
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Calls of this process that wait at once. While a partner is down, each further one would only ask the database.</summary>
    public const int MostCalls = 50;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(500);

    private int waiting;

    /// <param name="effects">Their names; empty: all that are due within this time.</param>
    /// <returns>
    /// What the order has come to when nothing is left to wait for, the time is up, or too many others wait.
    /// </returns>
    public async Task<CheckoutResult> WaitAsync(
        CheckoutResult result, TimeSpan most, IReadOnlyCollection<string> effects, CancellationToken cancel) => result switch
    {
        CheckoutResult.Placed placed => placed with { Order = await UntilDoneAsync(placed.Order, most, effects, cancel) },
        CheckoutResult.Confirming confirming => await UntilDoneAsync(confirming.Order, most, effects, cancel) switch
        {
            { Status: OrderStatus.Placed } order => new CheckoutResult.Placed(order, confirming.Replayed),
            var order => confirming with { Order = order },
        },
        _ => result,
    };

    private async Task<Order> UntilDoneAsync(Order order, TimeSpan most, IReadOnlyCollection<string> effects, CancellationToken cancel)
    {
        var until = clock.GetUtcNow() + most;
        try
        {
            if (Interlocked.Increment(ref waiting) > MostCalls) return order;
            for (var pause = FirstPause; !IsDone(order, effects, until); pause = Shorter(pause * 1.5, LongestPause))
            {
                var left = until - clock.GetUtcNow();
                // A call that waits must not hold up a deploy.
                if (left <= TimeSpan.Zero || host.ApplicationStopping.IsCancellationRequested) break;
                await Task.Delay(Shorter(pause, left), clock, cancel);
                order = (await orders.FindAsync(order.Id, cancel))!;
            }
        }
        catch (NpgsqlException)
        {
            // The order is stored: the caller has to hear of it, also while the database does not say how far it is.
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }

        return order;
    }

    private static bool IsDone(Order order, IReadOnlyCollection<string> effects, DateTimeOffset until) => order.Status switch
    {
        OrderStatus.Reserving => false,
        OrderStatus.Rejected or OrderStatus.Failed => true,
        // What is due later does not come within this time, whoever waits for it.
        _ => order.Deliveries.All(delivery => delivery.State != DeliveryState.Pending || delivery.DueAt > until
            || effects.Count > 0 && !effects.Contains(delivery.Effect)),
    };

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
