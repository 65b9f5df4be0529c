using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.BackOffice;

/// <summary>Deliveries in trouble: how many of which kind, and which.</summary>
public sealed class Failures(NpgsqlDataSource database, EffectCatalogue effects)
{
    /// <param name="State">A value of <see cref="FailureFilter.State"/>.</param>
    /// <param name="Doubtful">Those whose key the partner has forgotten: trying again may send twice.</param>
    public sealed record Group(
        string State, string Effect, string Partner, string? Error, long Count, long Doubtful, DateTimeOffset First, DateTimeOffset Last)
    {
        public FailureFilter Filter => new(State, Effect, null, Error);
    }

    /// <param name="Doubtful">As in <see cref="Group"/>.</param>
    public sealed record One(
        Guid OrderId, long Number, string Effect, DeliveryState State, int Attempts, DateTimeOffset DueAt, DateTimeOffset? NextAttemptAt,
        string? LastError, long? JobId, bool Doubtful, bool HasLetter)
    {
        public string Key => $"{OrderId}/{Effect}";
    }

    public async Task<List<Group>> GroupsAsync(FailureFilter filter, CancellationToken cancel)
    {
        var where = filter.Where(effects);
        return await database.ReadAsync($"""
            select d.effect, d.error_kind, count(*), count(*) filter (where {FailureFilter.KeyForgotten(effects)}), min(d.due_at),
                max(d.due_at)
            from orders.deliveries d {where} group by d.effect, d.error_kind order by count(*) desc, d.effect, d.error_kind
            """, where.Values,
            row => new Group(
                filter.State, row.GetString(0), effects.NameOfPartner(row.GetString(0)), row.TextOrNull(1), row.GetInt64(2),
                row.GetInt64(3),
                row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset>(5)), cancel);
    }

    /// <param name="after">Due before this delivery, newest first; null: from the newest.</param>
    public Task<List<One>> PageAsync(
        FailureFilter filter, (DateTimeOffset DueAt, Guid OrderId, string Effect)? after, int limit, CancellationToken cancel)
    {
        var where = filter.Where(effects);
        if (after is var (dueAt, orderId, effect)) where.And($"(d.due_at, d.order_id, d.effect) < ({dueAt}, {orderId}, {effect})");
        return database.ReadAsync($"""
            select d.order_id, o.number, d.effect, d.state, d.attempts, d.due_at, d.next_attempt_at, d.last_error, d.job_id,
                   coalesce({FailureFilter.KeyForgotten(effects)}, false), d.payload is not null
            from orders.deliveries d join orders.orders o on o.id = d.order_id
            {where} order by d.due_at desc, d.order_id desc, d.effect desc limit {limit}
            """, where.Values,
            row => new One(row.GetGuid(0), row.GetInt64(1), row.GetString(2), Orders.EnumName.Parse<DeliveryState>(row.GetString(3)),
                row.GetInt32(4),
                row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset?>(6), row.TextOrNull(7), row.GetFieldValue<long?>(8),
                row.GetBoolean(9), row.GetBoolean(10)), cancel);
    }

    /// <summary>How many match, and of how many of those nobody knows whether they arrived.</summary>
    public async Task<(int All, int Doubtful)> CountAsync(FailureFilter filter, CancellationToken cancel)
    {
        var where = filter.Where(effects);
        return (await database.ReadAsync(
            $"select count(*)::int, (count(*) filter (where {FailureFilter.KeyForgotten(effects)}))::int from orders.deliveries d {where}",
            where.Values,
            row => (row.GetInt32(0), row.GetInt32(1)), cancel)).Single();
    }

    /// <summary>
    /// The letter of a delivery as the mail partner gets it, fixed since the first attempt, but without the key to the shopper's page.
    /// Null: there is none yet.
    /// </summary>
    public async Task<Letter?> LetterAsync(Guid orderId, string effect, CancellationToken cancel) => (await database.ReadAsync("""
        select payload ->> 'from', array_to_string(array(select jsonb_array_elements_text(payload -> 'to')), ', '), payload ->> 'subject',
            replace(payload ->> 'html', coalesce(o.key, o.id)::text, '…'), replace(payload ->> 'text', coalesce(o.key, o.id)::text, '…')
        from orders.deliveries d join orders.orders o on o.id = d.order_id
        where d.order_id = $1 and d.effect = $2 and d.payload ? 'html'
        """, [orderId, effect],
        row => new Letter(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.TextOrNull(4)),
        cancel)).SingleOrDefault();

    public sealed record Letter(string From, string To, string Subject, string Html, string? Text);
}
