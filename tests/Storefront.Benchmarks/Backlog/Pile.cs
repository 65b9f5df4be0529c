using System.Globalization;
using Npgsql;

namespace Storefront.Benchmarks.Backlog;

/// <summary>Orders whose mails and events wait or have failed: one that was placed as any other, and copies of its rows.</summary>
internal sealed class Pile : IAsyncDisposable
{
    private readonly NpgsqlDataSource database;
    private readonly TimeSpan age;
    private int orders;

    private Pile(NpgsqlDataSource database, string order, TimeSpan age) => (this.database, Order, this.age) = (database, order, age);

    public string Order { get; }
    public string Job { get; private set; } = "";

    /// <param name="age">
    /// Of the youngest copy. Inventory knows nothing of the copies, and reconciliation repairs orders of the last day: in a shop that works
    /// jobs, they have to be older.
    /// </param>
    public static async Task<Pile> BeginAsync(RunningShop shop, TimeSpan age = default)
    {
        using var http = new HttpClient { BaseAddress = shop.Shop };
        var (_, order) = await Shopper.PlaceAsync(http, "THING-1");
        var pile = new Pile(
            NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(shop.Database) { CommandTimeout = 0 }.ConnectionString), order, age);
        await using var job = pile.database.CreateCommand(
            "select job_id::text from orders.deliveries where order_id = $1 and effect = 'order-confirmation'");
        job.Parameters.Add(new() { Value = Guid.Parse(order) });
        pile.Job = (string)(await job.ExecuteScalarAsync())!;
        return pile;
    }

    /// <param name="failed">So many of the mails are dead, and their jobs have failed.</param>
    /// <param name="effects">What of each order waits; null: its mail and its event.</param>
    public async Task GrowAsync(int waiting, int failed, params string[] effects)
    {
        if (effects.Length == 0) effects = ["order-confirmation", "order-placed-event"];
        var wanted = (waiting + failed) / effects.Length;
        if (wanted <= orders) return;
        await using (var copy = database.CreateCommand(Copy.Replace("{original}", Guid.Parse(Order).ToString())
            .Replace("{from}", $"{orders + 1}").Replace("{to}", $"{wanted}").Replace("{failed}", $"{failed}")
            .Replace("{age}", string.Create(CultureInfo.InvariantCulture, $"interval '{age.TotalSeconds} seconds'"))
            .Replace("{effects}", string.Join(", ", effects.Select(effect => $"'{effect}'")))))
            await copy.ExecuteNonQueryAsync();
        foreach (var settle in new[] { "vacuum analyze", "checkpoint" })
            await using (var command = database.CreateCommand(settle)) await command.ExecuteNonQueryAsync();
        orders = wanted;
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private const string Copy = """
        create temp table one as select n, gen_random_uuid() as id from generate_series({from}, {to}) as n;
        create temp table job as
            select one.n, one.id as order_id, d.effect, d.effect = 'order-confirmation' and one.n - {from} < {failed} as failed,
                   nextval('hangfire.job_id_seq') as id, nextval('hangfire.state_id_seq') as state, d.job_id as original, d.due_at,
                   left(d.idempotency_key, -36) || one.id as key
            from one, orders.deliveries d where d.order_id = '{original}' and d.effect in ({effects});

        insert into orders.orders (id, status, email, name, currency, total, created_at, placed_at, idempotency_key, request_hash, city,
            country, line1, postal_code)
        select one.id, o.status, 'customer-' || one.n || '@example.com', o.name, o.currency, o.total,
            o.created_at - {age} - one.n * interval '1 second',
               o.placed_at - {age} - one.n * interval '1 second', one.id::text, o.request_hash, o.city, o.country, o.line1, o.postal_code
        from one, orders.orders o where o.id = '{original}';
        insert into orders.lines (order_id, sku, name, quantity, unit_price, position)
        select one.id, l.sku, l.name, l.quantity, l.unit_price, l.position from one, orders.lines l where l.order_id = '{original}';
        insert into orders.calls (order_id, effect, partner, request, began_at, duration_ms, status)
        select one.id, c.effect, c.partner, c.request, c.began_at - one.n * interval '1 second', c.duration_ms, c.status
        from one, orders.calls c where c.order_id = '{original}' order by one.n desc;
        insert into orders.deliveries (order_id, effect, state, idempotency_key, due_at, job_id, attempts, last_error)
        select order_id, effect, case when failed then 'dead' else 'pending' end, key, due_at - n * interval '1 second', id, case
            when failed then 1 else 0 end,
               case when failed then 'Email answered 422: {"name":"validation_error","message":"' || n || '"}' end
        from job;

        insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat)
        select job.id, job.state, case when failed then 'Failed' else 'Enqueued' end, j.invocationdata,
               replace(j.arguments::text, '{original}', job.order_id::text)::jsonb, j.createdat
        from job join hangfire.job j on j.id = job.original order by job.id;
        insert into hangfire.state (id, jobid, name, reason, createdat, data)
        select job.state, job.id, case when failed then 'Failed' else 'Enqueued' end, case when failed then 'The partner refuses it.' end,
            now(),
               case when failed then
                   '{"FailedAt":"1700000000000","ExceptionType":"System.Exception","ExceptionMessage":"It was refused.",
                     "ExceptionDetails":"System.Exception: It was refused."}' else s.data end
        from job join hangfire.job j on j.id = job.original join hangfire.state s on s.id = j.stateid order by job.id;
        insert into hangfire.jobqueue (jobid, queue)
        select job.id, j.invocationdata ->> 'Queue' from job join hangfire.job j on j.id = job.original where not failed order by job.id;
        drop table one, job;
        """;
}
