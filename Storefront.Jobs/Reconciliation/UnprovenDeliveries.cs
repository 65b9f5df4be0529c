using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Finds deliveries marked "delivered" without the partner's id: earlier versions wrote that after an answer that they could not read.
/// While the partner remembers the key, the same is sent again under it. After that a person is told: a repeat could arrive twice.
/// </summary>
internal sealed class UnprovenDeliveries(
    NpgsqlDataSource database, TransactionalJobs jobs, EffectCatalogue effects, IAlarm alarm, TimeProvider clock,
    ILogger<UnprovenDeliveries> log)
{
    private const int Most = 500;
    private const string Unproven = "state = 'delivered' and coalesce(partner_reference, '') = ''";
    private const string Since = "coalesce(first_attempt_at, delivered_at, due_at)";

    private const string Doubt =
        "It was written down as delivered without the partner's id, so nobody knows whether it went out, "
        + "and the partner has forgotten its key by now: sending again could send twice. Look it up at the partner, then decide.";

    private sealed record Found(Guid Order, string Effect, TimeSpan Age, bool IsKept, string? Trace);

    /// <summary>Returns how many.</summary>
    public async Task<int> SettleAsync(CancellationToken cancel)
    {
        var found = await database.ReadAsync($"""
            select d.order_id, d.effect, now() - {Since}, d.payload is not null, o.trace_parent
            from (select * from orders.deliveries where {Unproven} and effect = any($1) order by delivered_at limit {Most}) d
            join orders.orders o on o.id = d.order_id
            """, [effects.Names.ToArray()],
            row => new Found(row.GetGuid(0), row.GetString(1), row.GetTimeSpan(2), row.GetBoolean(3), row.TextOrNull(4)), cancel);
        foreach (var delivery in found)
        {
            var effect = effects.Named(delivery.Effect);
            // A partner that forgets keys can only be asked again with the message that was kept: another one could not be the same.
            if (effect.Partner.KeyLife is not { } life || delivery.Age < life && delivery.IsKept)
                await AskAgainAsync(delivery, effect, cancel);
            else await BuryAsync(delivery, cancel);
        }

        return found.Count;
    }

    private async Task AskAgainAsync(Found delivery, Effect effect, CancellationToken cancel)
    {
        var job = effect.JobFor(delivery.Order, clock.GetUtcNow()) with { RunAt = null, TraceParent = delivery.Trace };
        NpgsqlBatchCommand? change = null;
        await jobs.CommitAsync(async batch =>
        {
            var id = (await jobs.EnqueueInAsync(batch, [job], cancel))[0];
            batch.BatchCommands.Add(change = Change(delivery, "sent it again under the same key", "state = 'pending', job_id = $6", id));
        }, cancel);
        Count(change!);
    }

    private async Task BuryAsync(Found delivery, CancellationToken cancel)
    {
        await using var batch = database.CreateBatch();
        var change = Change(delivery, "marked it dead: for a human", "state = 'dead', last_error = $6", Doubt);
        batch.BatchCommands.Add(change);
        await batch.ExecuteNonQueryAsync(cancel);
        if (change.RecordsAffected == 0) return;
        Count(change);
        log.Dead(delivery.Effect, delivery.Order, Doubt);
        await alarm.RaiseAsync(
            AlertKind.DeadDelivery, $"{delivery.Effect} of order {delivery.Order} is dead and waits for a human. {Doubt}");
    }

    private static NpgsqlBatchCommand Change(Found delivery, string done, string change, object value) =>
        Sql.InBatch($"""
            with changed as (
                update orders.deliveries set {change}, delivered_at = null, in_doubt_since = {Since}
                where order_id = $1 and effect = $2 and {Unproven} returning order_id)
            insert into orders.repairs (kind, subject, found, done) select $3, order_id::text, $4, $5 from changed
            """, delivery.Order, delivery.Effect,
            RepairKind.DeliveryWithoutProof, $"{delivery.Effect} delivered, without the partner's id", done, value);

    private static void Count(NpgsqlBatchCommand change) =>
        Measures.Repairs.Add(change.RecordsAffected, new KeyValuePair<string, object?>(Tags.Kind, RepairKind.DeliveryWithoutProof));
}
