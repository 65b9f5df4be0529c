using System.Text.Json;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders;

/// <summary>
/// One order whole, as one row: every checkout and every job reads it, so it is one statement, one moment, and no change tracking. Lists
/// and searches go through <see cref="OrdersDb"/>.
/// </summary>
internal static class OrderRow
{
    private const int LineColumns = 19;
    private const int DeliveryColumns = LineColumns + 4;

    /// <summary>$1 is the order's id.</summary>
    public const string Select = Columns + " where o.id = $1";

    /// <summary>$1 is the order's key. Orders of versions that gave them none are opened by their id.</summary>
    public const string SelectByKey = Columns + " where o.key = $1 or o.id = $1 and o.key is null";

    private const string Columns = """
        select o.id, o.number, o.status, o.failure, o.shortfalls, o.email, o.name, o.line1, o.line2, o.city, o.postal_code, o.country,
               o.currency, o.total, o.created_at, now() - o.created_at, o.placed_at, coalesce(o.key, o.id), o.account,
               line.*, delivery.*
        from orders.orders o
        cross join lateral (
            select array_agg(sku), array_agg(name), array_agg(quantity), array_agg(unit_price)
            from (select * from orders.lines where order_id = o.id order by position) as each) as line
        cross join lateral (
            select array_agg(effect), array_agg(state), array_agg(attempts), array_agg(due_at), array_agg(first_attempt_at),
                array_agg(next_attempt_at), array_agg(delivered_at)
            from (select * from orders.deliveries where order_id = o.id order by effect) as each) as delivery
        """;

    public static Order Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Number = row.GetInt64(1),
        Status = EnumName.Parse<OrderStatus>(row.GetString(2)),
        Failure = row.TextOrNull(3) is { } failure ? EnumName.Parse<OrderFailure>(failure) : null,
        Shortfalls = JsonSerializer.Deserialize<List<Shortfall>>(row.GetString(4), JsonSerializerOptions.Web)!,
        Email = row.GetString(5),
        Name = row.GetString(6),
        Address = new(row.GetString(7), row.TextOrNull(8), row.GetString(9), row.GetString(10), row.GetString(11)),
        Currency = row.GetString(12),
        Total = row.GetDecimal(13).WithDecimalsOf(row.GetString(12)),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(14),
        Age = row.GetTimeSpan(15),
        PlacedAt = row.GetFieldValue<DateTimeOffset?>(16),
        Key = row.GetGuid(17),
        Account = row.GetFieldValue<Guid?>(18),
        Lines = ReadLines(row),
        Deliveries = ReadDeliveries(row),
    };

    private static IReadOnlyList<OrderLine> ReadLines(NpgsqlDataReader row)
    {
        if (row.IsDBNull(LineColumns)) return [];
        var (skus, names) = (row.GetFieldValue<string[]>(LineColumns), row.GetFieldValue<string[]>(LineColumns + 1));
        var (quantities, prices) = (row.GetFieldValue<int[]>(LineColumns + 2), row.GetFieldValue<decimal[]>(LineColumns + 3));
        return [.. skus.Select((sku, n) => new OrderLine(sku, names[n], quantities[n], prices[n].WithDecimalsOf(row.GetString(12))))];
    }

    private static IReadOnlyList<Delivery> ReadDeliveries(NpgsqlDataReader row)
    {
        if (row.IsDBNull(DeliveryColumns)) return [];
        var (effects, states, attempts, due) = (All<string>(0), All<string>(1), All<int>(2), All<DateTimeOffset>(3));
        var (first, next, delivered) = (All<DateTimeOffset?>(4), All<DateTimeOffset?>(5), All<DateTimeOffset?>(6));
        return
        [
            .. effects.Select((effect, n) => new Delivery
            {
                Effect = effect, State = EnumName.Parse<DeliveryState>(states[n]), Attempts = attempts[n],
                DueAt = due[n], FirstAttemptAt = first[n], NextAttemptAt = next[n], DeliveredAt = delivered[n],
            }),
        ];

        T[] All<T>(int column) => row.GetFieldValue<T[]>(DeliveryColumns + column);
    }
}
