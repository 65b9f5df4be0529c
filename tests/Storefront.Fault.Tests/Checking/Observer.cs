using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using Storefront.Fault.Tests.Load;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Checking;

/// <summary>Waits until nothing is under way any more, and reads what there is.</summary>
internal static class Observer
{
    // A delivery that waits for its retry is under way. One that is due in two weeks is not.
    private const string UnderWay = """
        select (select count(*) from orders.orders where status = 'reserving'),
               (select count(*) from orders.deliveries where state = 'pending' and due_at < now()),
               (select count(*) from hangfire.jobqueue),
               (select count(*) from hangfire.job where statename in ('Enqueued', 'Processing'))
        """;

    /// <returns>How long it took, or null if it was not done in time.</returns>
    public static async Task<TimeSpan?> DrainAsync(ShopRig rig, TimeSpan patience)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < patience; await Task.Delay(100))
        {
            var (orders, deliveries, queued, jobs) =
                (await ReadAsync(rig, UnderWay, row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)))).Single();
            if (orders + deliveries + queued + jobs == 0) return watch.Elapsed;
        }

        return null;
    }

    /// <summary>Every order and every effect that is under way, by a name of its own.</summary>
    public static async Task<HashSet<string>> UnderWayAsync(ShopRig rig) => [.. await ReadAsync(rig, """
        select id::text from orders.orders where status = 'reserving'
        union all select order_id || '/' || effect from orders.deliveries where state = 'pending' and due_at < now()
        """, row => row.GetString(0))];

    public static async Task<World> LookAsync(ShopRig rig)
    {
        var orders = await ReadAsync(rig, """
            select o.id, o.name, o.status,
                   (select json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity)) from orders.lines l
                       where l.order_id = o.id)::text,
                   array(select d.effect from orders.deliveries d where d.order_id = o.id and d.state = 'delivered'),
                   array(select d.effect from orders.deliveries d where d.order_id = o.id and d.state = 'pending' and d.due_at < now()),
                   array(select d.effect from orders.deliveries d where d.order_id = o.id and d.state = 'dead')
            from orders.orders o
            """, row => new StoredOrder(
                row.GetGuid(0), row.GetString(1), row.GetString(2), Lines(row.GetString(3)),
                row.GetFieldValue<string[]>(4), row.GetFieldValue<string[]>(5), row.GetFieldValue<string[]>(6)));

        var reservations = (await rig.Partners.ReservationsAsync()).Select(reservation => new HeldStock(
            reservation.GetProperty("id").GetString()!, reservation.GetProperty("status").GetString()!,
            Lines(reservation.GetProperty("lines").GetRawText()), reservation.GetProperty("deliveries").GetInt32()));
        var reserved = (await rig.Partners.StockAsync())
            .ToDictionary(level => level.GetProperty("sku").GetString()!, level => level.GetProperty("reserved").GetInt32());

        Effect[] effects = [.. (await rig.Partners.EmailsAsync()).Select(Mail),
            .. (await rig.Partners.EventsAsync()).Select(Event)];
        return new(orders, [.. reservations], effects, reserved, await LeftoversAsync(rig));
    }

    private static async Task<Leftovers> LeftoversAsync(ShopRig rig) => (await ReadAsync(rig, """
        select (select count(*) from hangfire.jobqueue),
               (select count(*) from hangfire.job where statename in ('Enqueued', 'Processing')),
               (select count(*) from pg_prepared_xacts),
               (select count(*) from hangfire.lock where acquired < now() - interval '1 minute'),
               array(select format('job %s, %s%s: %s %s', j.id, substring(j.invocationdata ->> 'Type' from '[^,]*?([^.,]+),'), j.arguments,
                   s.reason, s.data ->> 'ExceptionMessage')
                     from hangfire.job j join hangfire.state s on s.id = j.stateid where j.statename = 'Failed'),
               array(select kind || ': ' || found from orders.repairs)
        """, row => new Leftovers(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetFieldValue<string[]>(4),
            row.GetFieldValue<string[]>(5)))).Single();

    private static Effect Mail(JsonElement mail)
    {
        var tags = mail.GetProperty("body").GetProperty("tags").EnumerateArray()
            .ToDictionary(tag => tag.GetProperty("name").GetString()!, tag => tag.GetProperty("value").GetString()!);
        return new("email", tags["kind"], Guid.Parse(tags["order_id"]), mail.GetProperty("key").GetString()!,
            mail.GetProperty("deliveries").GetInt32());
    }

    private static Effect Event(JsonElement tracked)
    {
        var body = tracked.GetProperty("body");
        return new(
            "analytics", body.GetProperty("event").GetString()!, body.GetProperty("properties").GetProperty("order_id").GetGuid(),
            tracked.GetProperty("key").GetString()!, tracked.GetProperty("deliveries").GetInt32());
    }

    private static WishedLine[] Lines(string json) => JsonSerializer.Deserialize<WishedLine[]>(json, JsonSerializerOptions.Web)!;

    /// <summary>Rows of the shop's database.</summary>
    public static async Task<List<T>> ReadAsync<T>(ShopRig rig, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = rig.Postgres.Admin.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }
}
