using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders;

/// <summary>The orders placed with an e-mail address, for somebody who has shown that it is theirs.</summary>
public sealed class OrdersOfAddress(NpgsqlDataSource database)
{
    /// <summary>The latest first, below the number given.</summary>
    public async Task<IReadOnlyList<OrderSummary>> ReadAsync(string email, long? before, int limit, CancellationToken cancel) =>
        await database.ReadAsync("""
        select coalesce(o.key, o.id), o.number, o.status, o.created_at, o.total, o.currency, l.names
        from orders.orders o
        cross join lateral (select array_agg(name order by position) as names from orders.lines where order_id = o.id) l
        where lower(o.email) = lower($1) and o.number < $2
        order by o.number desc limit $3
        """, [email, before ?? long.MaxValue, limit],
        row => new OrderSummary(
            row.GetGuid(0), row.GetInt64(1), EnumName.Parse<OrderStatus>(row.GetString(2)), row.GetFieldValue<DateTimeOffset>(3),
            row.GetDecimal(4).WithDecimalsOf(row.GetString(5)), row.GetString(5), row.GetFieldValue<string[]>(6)), cancel);
}

/// <param name="Key">What opens its page.</param>
public sealed record OrderSummary(
    Guid Key, long Number, OrderStatus Status, DateTimeOffset CreatedAt, decimal Total, string Currency, IReadOnlyList<string> Things);
