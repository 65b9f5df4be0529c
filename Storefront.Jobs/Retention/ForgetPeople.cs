using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Reconciliation;

namespace Storefront.Jobs.Retention;

/// <summary>
/// Drops what is known about people once nothing needs it any more. It walks along the orders page by page, each page a transaction of its
/// own, and changes only what still says something: whenever it is stopped, the next run does the rest.
/// </summary>
internal sealed class ForgetPeople(NpgsqlDataSource database, IOptions<RetentionOptions> options, ILogger<ForgetPeople> log)
{
    private const long LockKey = 0x53_46_03;
    private const int PageSize = 1000;

    public async Task RunAsync(CancellationToken cancel)
    {
        using var alone = await AdvisoryLock.TryTakeAsync(database, LockKey, cancel);
        if (alone is null) return;

        var mails = await WalkAsync("""
            update orders.deliveries d set payload = null from page
            where d.order_id = page.id and d.payload is not null and d.delivered_at < now() - $2
            """, options.Value.MailDays, cancel);
        var orders = await WalkAsync("""
            update orders.orders o set email = '', name = '', line1 = '', line2 = null, city = '', postal_code = '', request_hash = ''
            from page
            where o.id = page.id and o.email <> '' and o.status <> 'reserving'
              and not exists (select from orders.deliveries d where d.order_id = o.id and d.state = 'pending')
            """, options.Value.OrdersDays, cancel);
        // A partner's words may quote whom it was asked to write to, and the mail of a dead delivery does.
        await WalkAsync("""
            update orders.deliveries d set payload = null, last_error = null from page join orders.orders o on o.id = page.id
            where d.order_id = o.id and o.email = '' and (d.payload is not null or d.last_error is not null)
            """, options.Value.OrdersDays, cancel);
        if (mails + orders > 0) log.Forgotten(orders, mails);
    }

    /// <param name="change">Run on each <c>page</c> of orders that are older than so many days (<c>$2</c>).</param>
    private async Task<long> WalkAsync(string change, int days, CancellationToken cancel)
    {
        var changed = 0L;
        for (long? from = 0; from is not null;)
        {
            var page = await database.ReadAsync($"""
                with page as (select id, number from orders.orders where number > $1 and created_at < now() - $2 order by number limit {PageSize}),
                changed as ({change} returning 1)
                select (select max(number) from page), (select count(*) from changed)
                """, [from, TimeSpan.FromDays(days)], row => (Last: row.IsDBNull(0) ? (long?)null : row.GetInt64(0), Changed: row.GetInt64(1)), cancel);
            from = page[0].Last;
            changed += page[0].Changed;
        }

        return changed;
    }
}
