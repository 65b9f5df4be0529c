using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Retention;

/// <summary>
/// Drops what is known about people once nothing needs it any more. Each step is a short transaction that reads only what has come of age
/// since the last one: whenever it is stopped, the next run does the rest. Two at once do each other no harm.
/// </summary>
internal sealed class ForgetPeople(NpgsqlDataSource database, IOptions<RetentionOptions> options, ILogger<ForgetPeople> log)
{
    private const int Step = 500;

    // The same expression as in the index, so that the index is used.
    private const string Named = "(case when o.email <> '' then o.created_at end)";

    public async Task RunAsync(CancellationToken cancel)
    {
        var (mails, orders) = (0L, 0L);
        await Batches.RunAsync(async () =>
        {
            var (read, changed) = await ForgetMailsAsync(cancel);
            mails += changed;
            return read >= Step;
        }, cancel);

        Order? last = null;
        await Batches.RunAsync(async () =>
        {
            var (step, changed) = await ForgetOrdersAsync(last, cancel);
            orders += changed;
            return (last = step) is not null;
        }, cancel);
        if (mails + orders > 0) log.Forgotten(orders, mails);
    }

    // Times of delivery only ever get later, so it goes on behind the latest one of the run before. Deliveries of one commit share theirs.
    private async Task<(long Read, long Changed)> ForgetMailsAsync(CancellationToken cancel) => (await database.ReadAsync($"""
        with page as (
            select order_id, effect, delivered_at from orders.deliveries
            where delivered_at > coalesce((select ended_at from orders.rounds where name = 'forget-mails'), '-infinity')
              and delivered_at < now() - $1
            order by delivered_at fetch first {Step} rows with ties),
        changed as (
            update orders.deliveries d set payload = null from page
            where d.order_id = page.order_id and d.effect = page.effect and d.payload is not null returning 1),
        ended as (
            insert into orders.rounds as round (name, ended_at) select 'forget-mails', max(delivered_at) from page having count(*) > 0
            on conflict (name) do update set ended_at = greatest(round.ended_at, excluded.ended_at))
        select (select count(*) from page), (select count(*) from changed)
        """, [TimeSpan.FromDays(options.Value.MailDays)], row => (row.GetInt64(0), row.GetInt64(1)), cancel)).Single();

    // An order whose deliveries are not over yet is passed by, and looked at again by the next run. What a partner said may quote whom it
    // was asked to write to, and the mail of a dead delivery does: both go with the order.
    private async Task<(Order? Last, long Changed)> ForgetOrdersAsync(Order? after, CancellationToken cancel) =>
        (await database.ReadAsync($"""
        with page as (
            select o.id, o.created_at, o.number,
                   o.status <> 'reserving'
                       and not exists (select from orders.deliveries d where d.order_id = o.id and d.state = 'pending') as is_over
            from orders.orders o
            where o.email <> '' and {Named} < now() - $1 and ({Named}, o.number) > ($2, $3)
            order by {Named}, o.number limit {Step} for update of o skip locked),
        forgotten as (
            update orders.orders o
            set email = '', name = '', line1 = '', line2 = null, city = '', postal_code = '', request_hash = '', account = null
            from page where o.id = page.id and page.is_over returning o.id),
        silenced as (
            update orders.deliveries d set payload = null, last_error = null from forgotten
            where d.order_id = forgotten.id and (d.payload is not null or d.last_error is not null)),
        last as (select created_at, number from page order by created_at desc, number desc limit 1)
        select (select created_at from last), (select number from last), (select count(*) from forgotten)
        """, [TimeSpan.FromDays(options.Value.OrdersDays), after?.CreatedAt ?? DateTimeOffset.UnixEpoch, after?.Number ?? 0],
        row => (row.IsDBNull(0) ? null : new Order(row.GetFieldValue<DateTimeOffset>(0), row.GetInt64(1)), row.GetInt64(2)),
        cancel)).Single();

    private sealed record Order(DateTimeOffset CreatedAt, long Number);
}
