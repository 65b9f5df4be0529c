using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.BackOffice;

/// <summary>
/// All that happened to one order, in one line of time: its turns, the calls to partners, its jobs, repairs, and what people did.
/// </summary>
public sealed class OrderStory(NpgsqlDataSource database, AuditTrail audit, EffectCatalogue effects)
{
    public enum Kind { Order, Call, Job, Repair, Action }

    /// <param name="Good">Null: neither good nor bad.</param>
    /// <param name="Words">What a partner, Hangfire or a person said.</param>
    public sealed record Event(
        DateTimeOffset At, Kind Kind, string What, bool? Good = null, string? Words = null, int? DurationMs = null, string? TraceId = null,
        long? JobId = null);

    /// <summary>What the ledger keeps and the order does not show: the times and keys of each delivery, for the back office.</summary>
    public sealed record Entry(
        string Effect, Storefront.Jobs.Orders.DeliveryState State, int Attempts, DateTimeOffset DueAt, DateTimeOffset? NextAttemptAt,
        DateTimeOffset? DeliveredAt,
        string? Reference, string? LastError, long? JobId, string IdempotencyKey, DateTimeOffset? InDoubtSince, bool KeyForgotten,
        bool HasLetter);

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<Event>> TellAsync(Order order, CancellationToken cancel)
    {
        var parts = await Task.WhenAll(TurnsAsync(order, cancel), CallsAsync(order.Id, cancel), JobsAsync(order.Id, cancel),
            RepairsAsync(order.Id, cancel), ActionsAsync(order.Id, cancel));
        return [.. parts.SelectMany(part => part).OrderBy(one => one.At)];
    }

    public Task<List<Entry>> LedgerAsync(Guid orderId, CancellationToken cancel) => database.ReadAsync($"""
        select effect, state, attempts, due_at, next_attempt_at, delivered_at, partner_reference, last_error, job_id, idempotency_key,
            in_doubt_since,
               coalesce({FailureFilter.KeyForgotten(effects)}, false), payload ? 'html' is true
        from orders.deliveries where order_id = $1 order by due_at, effect
        """, [orderId],
        row => new Entry(
            row.GetString(0), EnumName.Parse<Storefront.Jobs.Orders.DeliveryState>(row.GetString(1)), row.GetInt32(2),
            row.GetFieldValue<DateTimeOffset>(3),
            row.GetFieldValue<DateTimeOffset?>(4), row.GetFieldValue<DateTimeOffset?>(5), row.TextOrNull(6), row.TextOrNull(7),
            row.GetFieldValue<long?>(8), row.GetString(9), row.GetFieldValue<DateTimeOffset?>(10), row.GetBoolean(11), row.GetBoolean(12)),
            cancel);

    private async Task<List<Event>> TurnsAsync(Order order, CancellationToken cancel)
    {
        var turns = await database.ReadAsync("select at, status, failure from orders.turns where order_id = $1 order by id", [order.Id],
            row => new Event(row.GetFieldValue<DateTimeOffset>(0), Kind.Order, row.GetString(1), Good: row.GetString(1) == "reserving"
                ? null : false, row.TextOrNull(2)), cancel);
        turns.Insert(0, new(order.CreatedAt, Kind.Order, "received"));
        if (order.PlacedAt is { } placed) turns.Add(new(placed, Kind.Order, "placed", Good: true));
        return turns;
    }

    private Task<List<Event>> CallsAsync(Guid orderId, CancellationToken cancel) => database.ReadAsync("""
        select began_at, partner, request, status, words, duration_ms, trace_id, effect from orders.calls where order_id = $1 order by id
            limit 500
        """, [orderId],
        row =>
        {
            var status = row.GetFieldValue<short?>(3);
            return new Event(
                row.GetFieldValue<DateTimeOffset>(0), Kind.Call,
                $"{row.GetString(1)} {(status is { } code ? $"answered {code}" : "did not answer")} · {row.GetString(7)} · "
                    + $"{row.GetString(2)}",
                Good: status is >= 200 and < 300, row.TextOrNull(4), row.GetInt32(5), row.TextOrNull(6));
        }, cancel);

    private Task<List<Event>> JobsAsync(Guid orderId, CancellationToken cancel) => database.ReadAsync("""
        with jobs as (
            select effect, job_id from orders.deliveries where order_id = $1 and job_id is not null
            union all select 'finish-order', finish_job_id from orders.orders where id = $1 and finish_job_id is not null)
        select s.createdat, jobs.effect, s.name, s.reason, jobs.job_id
        from jobs join hangfire.state s on s.jobid = jobs.job_id where s.name <> 'Processing' order by s.id limit 500
        """, [orderId],
        row => new Event(row.GetFieldValue<DateTimeOffset>(0), Kind.Job, $"{row.GetString(1)}: job {row.GetString(2).ToLowerInvariant()}",
            row.GetString(2) switch { "Succeeded" => true, "Failed" => false, _ => null }, row.TextOrNull(3), JobId: row.GetInt64(4)),
            cancel);

    private Task<List<Event>> RepairsAsync(Guid orderId, CancellationToken cancel) => database.ReadAsync(
        "select at, kind, found, done from orders.repairs where subject = $1 order by id", [orderId.ToString()],
        row => new Event(row.GetFieldValue<DateTimeOffset>(0), Kind.Repair, row.GetString(1), null,
            $"Found: {row.GetString(2)}. Done: {row.GetString(3)}."), cancel);

    private async Task<List<Event>> ActionsAsync(Guid orderId, CancellationToken cancel) =>
        [.. (await audit.OfAsync(orderId, cancel)).Select(
            line => new Event(line.At, Kind.Action, $"{line.Who}: {AuditAction.Words(line.Action)} {line.Subject}", null, line.Note))];
}
