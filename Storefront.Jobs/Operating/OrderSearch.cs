using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Operating;

/// <summary>Finds orders by what people have in their hands. Each way to look has its index, so a million orders are as quick as ten.</summary>
public sealed class OrderSearch(NpgsqlDataSource database)
{
    private const int Few = 5000;

    /// <param name="Dead">Deliveries that wait for a human.</param>
    /// <param name="Retrying">Deliveries that failed and are tried again.</param>
    public sealed record Found(
        Guid Id, long Number, OrderStatus Status, OrderFailure? Failure, DateTimeOffset CreatedAt, string Email, decimal Total, string Currency, int Dead, int Retrying);

    /// <param name="Q">An order's number or id, an e-mail address, a SKU, or the partner's id of a mail.</param>
    /// <param name="Status">Null: any.</param>
    /// <param name="From">Written down at this time or later.</param>
    /// <param name="Until">Written down before.</param>
    public sealed record Query(string? Q = null, OrderStatus? Status = null, DateTimeOffset? From = null, DateTimeOffset? Until = null);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only orders with a lower number.</param>
    public async Task<List<Found>> PageAsync(Query query, long? before, int limit, CancellationToken cancel)
    {
        var where = await WhereAsync(query, cancel);
        if (before is not null) where.And($"o.number < {before}");
        return await database.ReadAsync($"""
            select o.id, o.number, o.status, o.failure, o.created_at, o.email, o.total, o.currency, trouble.dead, trouble.retrying
            from (select * from orders.orders o {where} order by o.number desc limit {limit}) o
            cross join lateral (
                select (count(*) filter (where state = 'dead'))::int as dead, (count(*) filter (where state = 'pending' and last_error is not null))::int as retrying
                from orders.deliveries where order_id = o.id) trouble
            order by o.number desc
            """, where.Values, Read, cancel);
    }

    private async Task<Conditions> WhereAsync(Query query, CancellationToken cancel)
    {
        var where = new Conditions();
        if (query.Status is { } status) where.And($"o.status = {EnumName.Of(status)}");
        // Numbers follow time, but for the few that overtake each other: a bound on them too keeps a day long ago as near as today.
        if (query.From is { } from)
            where.And($"o.created_at >= {from} and o.number >= coalesce((select number - 1000 from orders.orders where created_at >= {from} order by created_at limit 1), 0)");
        if (query.Until is { } until)
            where.And($"o.created_at < {until} and o.number < coalesce((select number + 1000 from orders.orders where created_at >= {until} order by created_at limit 1), 9223372036854775807)");
        switch (query.Q?.Trim().TrimStart('#'))
        {
            case null or "":
                break;
            case var text when long.TryParse(text, out var number):
                where.And($"o.number = {number}");
                break;
            case var text when Guid.TryParse(text, out var id):
                // Reservations go by their order's id; mails by one of the partner's, which looks the same.
                where.And($"o.id = {id} or o.id = any(array(select order_id from orders.deliveries where partner_reference = {id.ToString()}))");
                break;
            case var text when text.Contains('@', StringComparison.Ordinal):
                where.And($"lower(o.email) = {(EmailAddress.Read(text) ?? text).ToLowerInvariant()}");
                break;
            // Of what is in many orders, the newest are soon found from the newest order on. Of what is in few, all are found by the index.
            case var text when await IsInManyOrdersAsync(text, cancel):
                where.And($"(select true from orders.lines l where l.order_id = o.id and l.sku in ({text}, upper({text})))");
                break;
            case var text:
                where.And($"""
                    o.id = any(array(
                        select order_id from orders.lines where sku in ({text}, upper({text}))
                        union all select order_id from orders.deliveries where partner_reference = {text}))
                    """);
                break;
        }

        return where;
    }

    private async Task<bool> IsInManyOrdersAsync(string sku, CancellationToken cancel) => (await database.ReadAsync(
        $"select count(*) > {Few} from (select from orders.lines where sku in ($1, upper($1)) limit {Few + 1}) as counted", [sku], row => row.GetBoolean(0), cancel)).Single();

    private static Found Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetInt64(1), EnumName.Parse<OrderStatus>(row.GetString(2)),
        row.IsDBNull(3) ? null : EnumName.Parse<OrderFailure>(row.GetString(3)),
        row.GetFieldValue<DateTimeOffset>(4), row.GetString(5), row.GetDecimal(6).WithDecimalsOf(row.GetString(7)), row.GetString(7), row.GetInt32(8), row.GetInt32(9));
}
