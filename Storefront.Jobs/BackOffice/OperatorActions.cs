using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.BackOffice;

/// <summary>
/// What a person may do to an order. Each is one transaction: the change, guarded by what that person saw, the job that does the rest, and
/// who did it. Each returns null when it is done, or a sentence that says why it is not.
/// </summary>
public sealed class OperatorActions(
    NpgsqlDataSource database, TransactionalJobs jobs, OrderStore orders, EffectCatalogue effects, PartnerGates gates, TimeProvider clock)
{
    public const string Stale = "This has changed since you opened the page. The page now shows the current status.";

    private static readonly TimeSpan Ever = TimeSpan.FromDays(365 * 100);

    /// <summary>
    /// Tries a delivery again that is dead or waiting, and sends a mail once more that was accepted: under a new key, since the old one
    /// would only bring the old answer.
    /// </summary>
    /// <param name="seen">The state it was in when the person looked.</param>
    /// <param name="maybeTwice">The person knows that the partner may have accepted it and forgotten the key.</param>
    public async Task<string?> SendAgainAsync(
        Guid orderId, string effect, DeliveryState seen, bool maybeTwice, string who, string? note, CancellationToken cancel)
    {
        if (effects.Find(effect) is not { } wanted) return "This order has no such delivery.";
        if (seen == DeliveryState.Cancelled) return "This delivery is cancelled, so there is nothing to send.";
        if (seen == DeliveryState.Delivered && !wanted.Partner.MaySendAgain)
            return "The partner has already accepted it. Sending it again would count it twice.";

        if (effects.IsWithoutPartner(effect)) return $"This shop does without {wanted.Partner.Name}: its address is not set.";

        await gates.ProbeNowAsync(wanted.Partner.Name, cancel); // whoever retries believes that the partner is back
        var entry = new AuditEntry(who, AuditAction.SendAgain, effect, orderId, note);
        return await TryAsync(entry, wanted, (job, batch) => batch.BatchCommands.Add(Sql.InBatch("""
            with changed as (
                update orders.deliveries
                set state = 'pending', job_id = $4, attempts = 0, next_attempt_at = null, due_at = least(due_at, now()),
                    delivered_at = null,
                    in_doubt_since = case when $5 or state = 'delivered' then null else in_doubt_since end,
                    idempotency_key = case when state = 'delivered' then effect || '/' || order_id || '/' || left($6, 8)
                        else idempotency_key end
                where order_id = $1 and effect = $2 and state = $3 and (state <> 'pending' or next_attempt_at is not null)
                returning 1)
            select orders.require_change(count(*)) from changed
            """, orderId, effect, EnumName.Of(seen), job, maybeTwice, Guid.NewGuid().ToString("N"))), cancel);
    }

    /// <summary>
    /// Takes a delivery that is dead or waiting off the list for good: somebody has dealt with it otherwise, or the shop does without its
    /// partner now.
    /// </summary>
    public Task<string?> DiscardAsync(
        Guid orderId, string effect, DeliveryState seen, string who, string note, CancellationToken cancel) =>
        TryAsync(new AuditEntry(who, AuditAction.Discard, effect, orderId, note), null,
            (_, batch) => batch.BatchCommands.Add(Sql.InBatch("""
            with changed as (
                update orders.deliveries set state = 'cancelled', next_attempt_at = null
                where order_id = $1 and effect = $2 and state = $3
                  and (state = 'dead' or state = 'pending' and (next_attempt_at is not null or $4))
                returning 1)
            select orders.require_change(count(*)) from changed
            """, orderId, effect, EnumName.Of(seen), effects.IsWithoutPartner(effect))), cancel);

    /// <summary>Takes a placed order back, however long ago it was placed.</summary>
    public async Task<string?> CancelAsync(Guid orderId, string who, string? note, CancellationToken cancel) =>
        await orders.CancelAsync(orderId, Ever, new AuditEntry(who, AuditAction.Cancel, "order", orderId, note), cancel) switch
        {
            Cancelled.Done => null,
            Cancelled.TooLate(var why) => why,
            _ => "Order not found.",
        };

    /// <summary>Gives back what an order that did not come about, or was cancelled, may still hold.</summary>
    public Task<string?> ReleaseAsync(Guid orderId, string who, string? note, CancellationToken cancel)
    {
        var release = effects.Release;
        return TryAsync(new AuditEntry(who, AuditAction.Release, "stock", orderId, note), release,
            (job, batch) => batch.BatchCommands.Add(Sql.InBatch("""
            with changed as (
                insert into orders.deliveries (order_id, effect, state, idempotency_key, due_at, job_id)
                select id, $2, 'pending', $3, now(), $4 from orders.orders where id = $1 and status in ('rejected', 'failed', 'cancelled')
                on conflict (order_id, effect) do update set state = 'pending', attempts = 0, next_attempt_at = null, job_id = $4
                    where deliveries.state in ('dead', 'delivered', 'cancelled')
                returning 1)
            select orders.require_change(count(*)) from changed
            """, orderId, release.Name, release.IdempotencyKey(orderId), job)), cancel);
    }

    /// <summary>Marks what reconciliation found and left to people as dealt with.</summary>
    public Task<string?> HandleRepairAsync(long repairId, string who, string note, CancellationToken cancel) =>
        TryAsync(new AuditEntry(who, AuditAction.HandleRepair, $"repair {repairId}", Note: note), null,
            (_, batch) => batch.BatchCommands.Add(Sql.InBatch("""
            with changed as (
                update orders.repairs set handled_at = now(), handled_by = $2, handled_note = left($3, 1000) where id = $1
                    and handled_at is null returning 1)
            select orders.require_change(count(*)) from changed
            """, repairId, who, note)), cancel);

    private async Task<string?> TryAsync(AuditEntry entry, Effect? effect, Action<long?, NpgsqlBatch> change, CancellationToken cancel)
    {
        try
        {
            await jobs.CommitAsync(async batch =>
            {
                var job = effect is null ? null : await AddJobAsync(batch, effect, entry.OrderId!.Value, cancel);
                change(job, batch);
                batch.BatchCommands.Add(entry.Row());
            }, cancel);
            return null;
        }
        catch (PostgresException stale) when (RequiredChange.IsMissing(stale))
        {
            return Stale;
        }
    }

    private async Task<long?> AddJobAsync(NpgsqlBatch batch, Effect effect, Guid orderId, CancellationToken cancel)
    {
        // In the trace of the order, where whoever looks for what became of it will look.
        var trace = (string?)await database.AskAsync("select trace_parent from orders.orders where id = $1", [orderId], cancel);
        return (await jobs.EnqueueInAsync(batch, [effect.JobFor(orderId, clock.GetUtcNow()) with { RunAt = null, TraceParent = trace }],
            cancel))[0];
    }
}
