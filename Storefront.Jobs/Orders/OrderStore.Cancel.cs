using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Orders;

public sealed partial class OrderStore
{
    public static readonly TimeSpan ShoppersMayCancelWithin = TimeSpan.FromMinutes(30);

    /// <summary>The shopper takes the order back that this key opens.</summary>
    public async Task<Cancelled> CancelByKeyAsync(Guid key, CancellationToken cancel) =>
        await FindByKeyAsync(key, cancel) is { } order
            ? await CancelAsync(order.Id, ShoppersMayCancelWithin, cancel: cancel) : new Cancelled.NoSuchOrder();

    /// <summary>
    /// Takes a placed order back: its stock, its mail and its event of cancellation become true with it, and what is not due yet is
    /// withdrawn.
    /// </summary>
    /// <param name="within">How long after it was placed; <see cref="ShoppersMayCancelWithin"/> for its shopper.</param>
    /// <param name="audit">Who did it, where it was not the shopper: true together with it.</param>
    public async Task<Cancelled> CancelAsync(
        Guid orderId, TimeSpan within, AuditEntry? audit = null, CancellationToken cancel = default)
    {
        if (await FindAsync(orderId, cancel) is not { } order) return new Cancelled.NoSuchOrder();
        // The effects of an order are fixed when it is placed. Only then is it known which ones a cancellation has to take back.
        if (order.Status != OrderStatus.Placed) return Outcome(order, within);

        using var span = Spans.StartCommit();
        try
        {
            await jobs.WithFreeIdsAsync(async () =>
            {
                await using var batch = database.CreateBatch();
                // What comes later and has not begun is withdrawn; what is due at once has to find its way first.
                batch.BatchCommands.Add(Sql.InBatch("""
                    with cancelled as (
                        update orders.orders set status = 'cancelled' where id = $1 and status = 'placed' and placed_at > now() - $2
                        returning id, placed_at),
                    withdrawn as (
                        update orders.deliveries d set state = 'cancelled', next_attempt_at = null from cancelled
                        where d.order_id = cancelled.id and d.state = 'pending' and d.in_doubt_since is null
                          and d.due_at > cancelled.placed_at)
                    select orders.require_change(count(*)) from cancelled
                    """, orderId, within));
                await AddEffectsAsync(batch, orderId, effects.CancellingOf(order), cancel);
                if (audit is not null) batch.BatchCommands.Add(audit.Row());
                return await ConnectionLoss.RetryAsync(clock, _ => batch.ExecuteNonQueryAsync(cancel), cancel);
            });
            jobs.Committed();
        }
        catch (PostgresException refused) when (RequiredChange.IsMissing(refused))
        {
            // Not open to cancellation when it was tried; it may have been cancelled meanwhile, by somebody else or by our own first time.
        }

        return Outcome((await FindAsync(orderId, cancel))!, within);
    }

    private static Cancelled Outcome(Order order, TimeSpan within) => order.Status switch
    {
        OrderStatus.Cancelled => new Cancelled.Done(order),
        OrderStatus.Placed =>
            new Cancelled.TooLate($"Orders can be cancelled for {within.TotalMinutes:0} minutes after they were placed."),
        OrderStatus.Reserving => new Cancelled.TooLate("This order is still being confirmed. Try again in a moment."),
        _ => new Cancelled.TooLate("This order was not placed."),
    };
}
