using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Finds deliveries marked "delivered" without the partner's id: earlier versions wrote that after an answer that they could not read.
/// While the partner remembers the key, the same is sent again under it. After that a person is told: a repeat could arrive twice.
/// </summary>
internal sealed class UnprovenDeliveries(
    NpgsqlDataSource database, RepairWriter repairs, EffectCatalogue effects, DeadDeliveries dead, TimeProvider clock)
{
    private const int PageSize = 500;
    private const string Unproven = "state = 'delivered' and coalesce(partner_reference, '') = ''";
    private const string At = "coalesce(delivered_at, 'epoch')";
    private const string Since = "coalesce(first_attempt_at, delivered_at, due_at)";

    private const string Doubt =
        "It was written down as delivered without the partner's id, so nobody knows whether it went out, "
        + "and the partner has forgotten its key by now: sending again could send twice. Look it up at the partner, then decide.";

    private sealed record Found(Guid Order, string Effect, DateTimeOffset At, TimeSpan Age, bool IsKept, string? Trace);

    /// <summary>Returns how many.</summary>
    public async Task<int> SettleAsync(CancellationToken cancel)
    {
        var settled = 0;
        for (Found? last = null; await PageAsync(last, cancel) is [.., var end] page; last = end)
            foreach (var delivery in page)
                if (await SettleAsync(delivery, cancel)) settled++;
        return settled;
    }

    private Task<List<Found>> PageAsync(Found? after, CancellationToken cancel) => database.ReadAsync($"""
        select d.order_id, d.effect, d.at, now() - {Since}, d.payload is not null, o.trace_parent
        from (
            select *, {At} as at from orders.deliveries
            where {Unproven} and effect = any($1) and ({At}, order_id, effect) > ($2, $3, $4)
            order by {At}, order_id, effect limit {PageSize}) d
        join orders.orders o on o.id = d.order_id order by d.at, d.order_id, d.effect
        """, [effects.Names.ToArray(), after?.At ?? DateTimeOffset.UnixEpoch, after?.Order ?? Guid.Empty, after?.Effect ?? ""],
        row => new Found(
            row.GetGuid(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetTimeSpan(3), row.GetBoolean(4),
            row.TextOrNull(5)), cancel);

    // A partner that forgets keys can only be asked again with the message that was kept: another one could not be the same.
    private Task<bool> SettleAsync(Found delivery, CancellationToken cancel)
    {
        var effect = effects.Named(delivery.Effect);
        var isKnown = effect.Partner.KeyLife is not { } life || delivery.Age < life && delivery.IsKept;
        return isKnown ? AskAgainAsync(delivery, effect, cancel) : MarkDeadAsync(delivery, cancel);
    }

    private Task<bool> AskAgainAsync(Found delivery, Effect effect, CancellationToken cancel) => repairs.MakeAsync(
        Repair(delivery, "sent it again under the same key"),
        effect.JobFor(delivery.Order, clock.GetUtcNow()) with { RunAt = null, TraceParent = delivery.Trace },
        $"""
        update orders.deliveries set state = 'pending', job_id = $5, delivered_at = null, in_doubt_since = {Since}
        where order_id = $1 and effect = $6 and {Unproven}
        """, [delivery.Effect], cancel);

    private async Task<bool> MarkDeadAsync(Found delivery, CancellationToken cancel)
    {
        var isDead = await repairs.MakeAsync(
            Repair(delivery, "marked it dead: for a human"),
            $"""
            update orders.deliveries set state = 'dead', untold = true, last_error = $6, delivered_at = null, in_doubt_since = {Since}
            where order_id = $1 and effect = $5 and {Unproven}
            """, [delivery.Effect, Doubt], cancel);
        if (isDead) await dead.ReportAsync(delivery.Effect, delivery.Order, Doubt);
        return isDead;
    }

    private static Repair Repair(Found delivery, string done) =>
        new(RepairKind.DeliveryWithoutProof, delivery.Order, $"{delivery.Effect} delivered, without the partner's id", done);
}
