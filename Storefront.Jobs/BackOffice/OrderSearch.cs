using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.BackOffice;

/// <summary>
/// Finds orders by what people have in their hands. Each way to look has its index, so a million orders are as quick as ten.
/// </summary>
public sealed class OrderSearch(NpgsqlDataSource database)
{
    private const int Few = 5000, Newest = 10_000;

    /// <param name="Dead">Deliveries that wait for a human.</param>
    /// <param name="Retrying">Deliveries that failed and are tried again.</param>
    public sealed record Found(
        Guid Id, long Number, OrderStatus Status, OrderFailure? Failure, DateTimeOffset CreatedAt, string Email, decimal Total,
        string Currency, int Dead, int Retrying);

    /// <param name="Q">An order's number or id, an e-mail address, a SKU, or the partner's id of a mail.</param>
    /// <param name="Status">Null: any.</param>
    /// <param name="From">Written down at this time or later.</param>
    /// <param name="Until">Written down before.</param>
    public sealed record Query(string? Q = null, OrderStatus? Status = null, DateTimeOffset? From = null, DateTimeOffset? Until = null);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only orders with a lower number.</param>
    public async Task<List<Found>> PageAsync(Query query, long? before, int limit, CancellationToken cancel)
    {
        var (where, text) = (Where(query, before), query.Q?.Trim().TrimStart('#') ?? "");
        if (Said(text) is { } said) where.And(said);
        else if (text.Length > 0)
        {
            if (await NewestOfManyAsync(text, where, limit, cancel) is { } newest) return newest;
            where.And($"""
                o.id = any(array(
                    select order_id from orders.lines where sku in ({text}, upper({text}))
                    union all select order_id from orders.deliveries where partner_reference = {text}))
                """);
        }

        return await ReadAsync($"orders.orders o {where}", where, limit, cancel);
    }

    // What is in very many orders is soon met from the newest order on, where it has been ordered lately. Null: it is in few, or not in
    // enough of the newest.
    private async Task<List<Found>?> NewestOfManyAsync(string sku, Conditions where, int limit, CancellationToken cancel)
    {
        var isInMany = await database.AskAsync(
            $"select count(*) > {Few} from (select from orders.lines where sku in ($1, upper($1)) limit {Few + 1}) as counted", [sku],
            cancel);
        if (isInMany is false) return null;
        var newest = new Conditions(where.Values);
        newest.And($"(select true from orders.lines l where l.order_id = o.id and l.sku in ({sku}, upper({sku})) limit 1)");
        var found = await ReadAsync(
            $"(select * from orders.orders o {where} order by o.number desc limit {Newest}) o {newest}", newest, limit, cancel);
        return found.Count == limit ? found : null;
    }

    private Task<List<Found>> ReadAsync(string orders, Conditions where, int limit, CancellationToken cancel) => database.ReadAsync($"""
        select o.id, o.number, o.status, o.failure, o.created_at, o.email, o.total, o.currency, trouble.dead, trouble.retrying
        from (select o.* from {orders} order by o.number desc limit {limit}) o
        cross join lateral (
            select (count(*) filter (where state = 'dead'))::int as dead,
                   (count(*) filter (where state = 'pending' and last_error is not null))::int as retrying
            from orders.deliveries where order_id = o.id) trouble
        order by o.number desc
        """, where.Values, Read, cancel);

    private static Conditions Where(Query query, long? before)
    {
        var where = new Conditions();
        if (query.Status is { } status) where.And($"o.status = {EnumName.Of(status)}");
        // Numbers follow time, but for the few that overtake each other: a bound on them too keeps a day long ago as near as today.
        if (query.From is { } from)
            where.And($"""
                o.created_at >= {from} and o.number >= coalesce(
                    (select number - 1000 from orders.orders where created_at >= {from} order by created_at limit 1), 0)
                """);
        if (query.Until is { } until)
            where.And($"""
                o.created_at < {until} and o.number < coalesce(
                    (select number + 1000 from orders.orders where created_at >= {until} order by created_at limit 1), 9223372036854775807)
                """);
        if (before is not null) where.And($"o.number < {before}");
        return where;
    }

    // What shows by itself what it is. Null: it may be a SKU, or the partner's id of a mail.
    private static FormattableString? Said(string text)
    {
        if (long.TryParse(text, out var number)) return $"o.number = {number}";
        // Reservations go by their order's id; mails by one of the partner's, which looks the same.
        if (Guid.TryParse(text, out var id))
            return $"o.id = {id} or o.id = any(array(select order_id from orders.deliveries where partner_reference = {id.ToString()}))";
        if (text.Contains('@', StringComparison.Ordinal)) return $"lower(o.email) = {(EmailAddress.Read(text) ?? text).ToLowerInvariant()}";
        return null;
    }

    private static Found Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetInt64(1), EnumName.Parse<OrderStatus>(row.GetString(2)),
        row.IsDBNull(3) ? null : EnumName.Parse<OrderFailure>(row.GetString(3)),
        row.GetFieldValue<DateTimeOffset>(4), row.GetString(5), row.GetDecimal(6).WithDecimalsOf(row.GetString(7)), row.GetString(7),
        row.GetInt32(8), row.GetInt32(9));
}
