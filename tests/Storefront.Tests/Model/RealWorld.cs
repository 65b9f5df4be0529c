using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Storefront.Jobs.Email;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Reconciliation;
using Storefront.Tests.Support;

namespace Storefront.Tests.Model;

/// <summary>One key in a real shop. The events of a walk happen to it one by one. Changed times in its rows let time pass.</summary>
internal sealed class RealWorld
{
    private readonly Shop shop;
    private readonly OrderStore orders;
    private readonly string key = Guid.NewGuid().ToString();
    private readonly string sku = $"WALK-{Guid.NewGuid():N}";
    private readonly Lease?[] leases = [null, null];
    private Guid id;

    private RealWorld(Shop shop) => (this.shop, orders) = (shop, shop.Get<OrderStore>());

    public static async Task<RealWorld> CreateAsync(Shop shop)
    {
        var world = new RealWorld(shop);
        await shop.Partners.SetStockAsync(world.sku, 1);
        return world;
    }

    /// <param name="before">The model's world before the event: who asked what, and what they heard.</param>
    public async Task ApplyAsync(World before, Event happened)
    {
        var who = happened.Who;
        var actor = before.Actors[who];
        switch (happened.Kind)
        {
            case Kind.Open:
                if (await orders.OpenAsync(Draft(), CancellationToken.None) is Opened.Ours ours)
                {
                    (leases[who], id) = (ours.Lease, ours.Lease.OrderId);
                    ours.Known.ShouldBe(before.Status == OrderStatus.Reserving);
                }

                break;
            case Kind.StartFinish:
                if (await orders.TakeLeaseAsync(id, CancellationToken.None) is { } lease) leases[who] = lease;
                break;
            case Kind.Arrive or Kind.LateArrive:
                await shop.Get<Inventory>().ReserveAsync(id, [Line], CancellationToken.None);
                break;
            case Kind.Commit:
                await UnlessLostAsync(() => CommitAsync(actor, leases[who]!));
                break;
            case Kind.GiveUp:
                await UnlessLostAsync(() => orders.FailAsync(leases[who]!, OrderFailure.GivenUp, release: true, apologise: false));
                break;
            case Kind.Expire:
                await ExecuteAsync("update orders.orders set lease_until = now() - interval '1 second' where id = $1", id);
                break;
            case Kind.SellOut or Kind.Restock:
                await shop.Partners.SetStockAsync(sku, happened.Kind == Kind.Restock || before.Reservation == Reservation.Held ? 1 : 0);
                break;
            case Kind.Cancel:
                await orders.CancelAsync(id, OrderStore.ShoppersMayCancelWithin);
                break;
            case Kind.Reconcile:
                await ReconcileAsync();
                break;
            case Kind.LoseJobs:
                await ExecuteAsync("delete from hangfire.job where arguments::text like '%' || $1::text || '%'", id);
                break;
            case Kind.Release:
                await RunAsync<ReleaseStock>();
                break;
            case Kind.ReleaseUnheard:
                await UnheardAsync<ReleaseStock>("inventory");
                break;
            case Kind.Confirm:
                await RunAsync<SendOrderConfirmation>();
                break;
            case Kind.ConfirmUnheard:
                await UnheardAsync<SendOrderConfirmation>("email");
                break;
            case Kind.Tell:
                await RunAsync<SendOrderCancellation>();
                break;
        }
    }

    /// <summary>What can be seen of the shop from outside.</summary>
    public async Task<string> SeenAsync()
    {
        var order = id == Guid.Empty ? null : await orders.FindAsync(id);
        var reservation = id == Guid.Empty ? null : await shop.Partners.ReservationOfAsync(id);
        var mails = id == Guid.Empty
            ? [] : (await shop.Partners.EmailsOfAsync(id)).Select(mail => mail.GetProperty("key").GetString()!.Split('/')[0]);
        var leased = order is not null && await ScalarAsync("select lease_until > now() from orders.orders where id = $1", id) is true;
        return Words(
            order?.Status, order?.Failure, leased, reservation?.GetProperty("status").GetString() ?? "none",
            order?.Deliveries.Where(Modelled).Select(delivery => $"{delivery.Effect} {delivery.State}"), mails);

        static bool Modelled(Storefront.Jobs.Orders.Delivery delivery) =>
            delivery.Effect is EffectNames.OrderConfirmation or EffectNames.OrderCancellation or EffectNames.StockRelease;
    }

    /// <summary>The same of the model.</summary>
    public static string Seen(World world) => Words(
        world.Status, world.Why, !world.LeaseIsFree, world.Reservation.ToString().ToLowerInvariant(),
        world.Ledger.Select(entry => $"{entry.Key} {entry.Value.State}"), world.Mails);

    private static string Words(
        OrderStatus? status, OrderFailure? why, bool leased, string reservation, IEnumerable<string>? ledger, IEnumerable<string> mails) =>
        $"{status} {why}, leased: {leased}, reservation {reservation}, ledger: {string.Join(", ", (ledger ?? []).Order())}, mails: "
            + $"{string.Join(", ", mails.Order())}";

    // The checkout and the finishing job do the same.
    private Task CommitAsync(Actor actor, Lease lease)
    {
        ReserveAnswer answer = actor.Answer switch
        {
            Answer.Held => new ReserveAnswer.Held(),
            Answer.SoldOut => new ReserveAnswer.No(OrderFailure.SoldOut, [], actor.Unanswered),
            Answer.Released => new ReserveAnswer.No(OrderFailure.GivenUp, [], actor.Unanswered),
            Answer.NotSent => new ReserveAnswer.NotSent(TimeSpan.Zero),
            _ => new ReserveAnswer.Unknown("the model says so"),
        };
        var decision = Decision.On(answer, shopperWaits: !actor.IsJob, askedBefore: actor.IsJob || actor.Known, timeIsUp: false);
        return decision is Decision.LeaveOpen && actor.IsJob ? orders.ReleaseLeaseAsync(lease) : orders.SettleAsync(lease, decision);
    }

    private static async Task UnlessLostAsync(Func<Task> settle)
    {
        try
        {
            await settle();
        }
        catch (LeaseLostException)
        {
            // In the model, nothing happens either.
        }
    }

    private async Task ReconcileAsync()
    {
        await ExecuteAsync("update orders.orders set created_at = created_at - interval '1 minute' where id = $1", id);
        await ExecuteAsync(
            "update orders.deliveries set due_at = due_at - interval '1 minute', next_attempt_at = null where order_id = $1 and effect <> "
                + "'review-request'", id);
        await ActivatorUtilities.CreateInstance<ReconcileOrders>(shop.Services).RunAsync(CancellationToken.None);
        (await ScalarAsync("""
            select count(*) from orders.orders o left join orders.deliveries d on d.order_id = o.id
            where o.id = $1 and (d.state = 'pending' and d.due_at < now()
                    and not exists (select 1 from hangfire.job j where j.id = d.job_id)
                or o.status = 'reserving' and (o.lease_until is null or o.lease_until < now()) and not exists (select 1 from hangfire.job j
                    where j.id = o.finish_job_id))
            """, id)).ShouldBe(0L, "whatever is due has a job after reconciliation");
    }

    private Task RunAsync<TJob>() where TJob : IEffectJob =>
        ActivatorUtilities.CreateInstance<TJob>(shop.Services).RunAsync(id, CancellationToken.None);

    // The partner carries the request out, and its answer is lost.
    private async Task UnheardAsync<TJob>(string partner) where TJob : IEffectJob
    {
        await shop.Partners.BreakAsync(partner, new { dropAfterAccept = 1.0 });
        await Should.ThrowAsync<RetryLater>(RunAsync<TJob>);
        await shop.Partners.HealAsync();
    }

    private OrderLine Line => new(sku, "A thing", 1, 1m);

    private OrderDraft Draft() => new(key, [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR", [Line]);

    private Task ExecuteAsync(string sql, params object[] values) => ScalarAsync(sql, values);

    private async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var command = shop.Database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync();
    }
}
