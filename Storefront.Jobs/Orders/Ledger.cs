using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders;

/// <summary>Writes the ledger. Every change names the state it starts from, so two of them never both happen.</summary>
internal sealed class Ledger(NpgsqlDataSource database)
{
    private const int MaxErrorCharacters = 500;
    private const string Pending = "state = 'pending'";

    private readonly GroupCommit commits = new(database);

    /// <summary>The rows of an order's effects, for the batch that makes them true.</summary>
    public static NpgsqlBatchCommand Rows(Guid orderId, IReadOnlyList<Effect> effects, IReadOnlyList<long> jobIds) => Sql.InBatch("""
        insert into orders.deliveries (order_id, effect, state, idempotency_key, due_at, job_id)
        select $1, due.effect, 'pending', due.key, now() + due.after, due.job
        from unnest($2::text[], $3::text[], $4::interval[], $5::bigint[]) as due(effect, key, after, job)
        """,
        orderId, effects.Select(effect => effect.Name).ToArray(), effects.Select(effect => effect.IdempotencyKey(orderId)).ToArray(),
        effects.Select(effect => effect.After).ToArray(), jobIds.ToArray());

    /// <summary>
    /// Begins an attempt, unless there is nothing left to do (null). Written before the call, so that a process that dies
    /// during it leaves the doubt on record.
    /// </summary>
    /// <param name="payload">
    /// What will be sent, as JSON; kept from the first attempt on, so that no later version of a template changes it.
    /// </param>
    public async Task<Attempt?> BeginAsync(Guid orderId, string effect, string? payload)
    {
        // By the statement's clock: two attempts may share a transaction, and only one of them raised the doubt.
        var begun = await commits.ReadAsync(() => Sql.InBatch("""
            update orders.deliveries
            set state = 'pending', attempts = attempts + 1, payload = coalesce(payload, $3::jsonb), next_attempt_at = null,
                first_attempt_at = coalesce(first_attempt_at, statement_timestamp()), in_doubt_since = coalesce(in_doubt_since,
                    statement_timestamp())
            where order_id = $1 and effect = $2 and state in ('pending', 'dead')
            returning idempotency_key, attempts, payload, first_attempt_at, statement_timestamp() - first_attempt_at,
                      in_doubt_since, statement_timestamp() - in_doubt_since
            """, orderId, effect, StorableJson.From(payload)),
            row => new Attempt(orderId, effect, row.GetString(0), row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2),
                row.GetFieldValue<DateTimeOffset>(3), row.GetTimeSpan(4), row.GetFieldValue<DateTimeOffset>(5), row.GetTimeSpan(6)));
        return begun.SingleOrDefault();
    }

    /// <summary>Stores what will be sent, unless another attempt has stored something meanwhile: that is what both send.</summary>
    /// <param name="payload">As JSON.</param>
    public async Task<Attempt> KeepAsync(Attempt attempt, string payload)
    {
        var kept = await commits.ReadAsync(() => Sql.InBatch("""
            update orders.deliveries set payload = coalesce(payload, $3::jsonb) where order_id = $1 and effect = $2 returning payload
            """, attempt.OrderId, attempt.Effect, StorableJson.From(payload)), row => row.GetString(0));
        return attempt with { Payload = kept.Single() };
    }

    /// <summary>The partner accepted it: the truth, also where another attempt has given it up meanwhile.</summary>
    /// <param name="reference">The partner's own id of it.</param>
    public Task DeliveredAsync(Attempt attempt, string? reference) => WriteAsync(attempt, """
        state = 'delivered', delivered_at = now(), partner_reference = $3, last_error = null, in_doubt_since = null, next_attempt_at = null
        """, "state in ('pending', 'dead')", reference);

    /// <summary>It has to be tried again; <paramref name="counts"/> says whether this was an attempt.</summary>
    /// <param name="inDoubt">The partner may have accepted it all the same.</param>
    public Task PostponedAsync(Attempt attempt, string why, TimeSpan after, bool counts, bool inDoubt) => WriteAsync(attempt, """
        last_error = $3, next_attempt_at = now() + $4, attempts = attempts - $5,
        in_doubt_since = case when not $6 then in_doubt_since end
        """, Pending, StorableText.Shorten(why, MaxErrorCharacters), after, counts ? 0 : 1, Settles(attempt, inDoubt));

    /// <summary>It will not be tried again until a human says so.</summary>
    public Task DeadAsync(Attempt attempt, string why, bool inDoubt) => WriteAsync(attempt, """
        state = 'dead', untold = true, last_error = $3, next_attempt_at = null,
        in_doubt_since = case when not $4 then in_doubt_since end
        """, Pending, StorableText.Shorten(why, MaxErrorCharacters), Settles(attempt, inDoubt));

    // Only the attempt that raised the doubt may settle it: an earlier unanswered one stays unanswered.
    private static bool Settles(Attempt attempt, bool inDoubt) => !inDoubt && attempt.RaisedDoubt;

    // No token: the partner has been called, and what it said is worth a shutdown's last seconds.
    private Task WriteAsync(Attempt attempt, string changes, string guard, params object?[] values)
    {
        var sql = $"update orders.deliveries set {changes} where order_id = $1 and effect = $2 and {guard}";
        object?[] all = [attempt.OrderId, attempt.Effect, .. values];
        var calls = CallRows.Take(attempt.OrderId, attempt.Effect);
        return calls is null ? commits.ExecuteAsync(() => Sql.InBatch(sql, all)) : commits.ExecuteAsync(() => Sql.InBatch(sql, all), calls);
    }
}

/// <param name="Number">1 for the first; deferrals do not count.</param>
/// <param name="Payload">What was fixed at the first attempt, as JSON.</param>
/// <param name="Age">Since the first attempt, deferrals included.</param>
/// <param name="InDoubtSince">The oldest attempt whose outcome nobody knows; this one's own begin at the latest.</param>
/// <param name="InDoubtFor">How long ago that is.</param>
internal sealed record Attempt(
    Guid OrderId, string Effect, string IdempotencyKey, int Number, string? Payload,
    DateTimeOffset FirstAt, TimeSpan Age, DateTimeOffset InDoubtSince, TimeSpan InDoubtFor)
{
    public bool RaisedDoubt => InDoubtFor == TimeSpan.Zero;
}
