using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.BackOffice;

/// <summary>What passes through the shop just now, from what is written down of every order and every call.</summary>
public sealed class Traffic(NpgsqlDataSource database, EffectCatalogue effects)
{
    /// <summary>How many of a partner's latest calls are looked at, so that a busy hour costs no more than a quiet one.</summary>
    public const int Sample = 1000;

    // An Inventory that says "sold out" has not failed; a mail partner that says "no such address" has.
    private const string Failed = "(status is null or status >= 500 or status >= 400 and effect <> 'reservation')";

    /// <param name="Delivered">Mails, events and releases a partner accepted.</param>
    /// <param name="Failed">Calls that brought no answer or a refusal.</param>
    public sealed record Minute(DateTimeOffset At, long Orders, long Delivered, long Failed);

    /// <param name="Calls">Those of the last hour, <see cref="Sample"/> at most.</param>
    /// <param name="QuotaLeft">What the partner said last that we may still ask; null where it does not say.</param>
    public sealed record Health(string Partner, long Calls, long Failed, TimeSpan P50, TimeSpan P95, DateTimeOffset Latest, int? QuotaLeft)
    {
        public double ErrorRate => (double)Failed / Calls;
    }

    /// <summary>The last so many minutes, oldest first, the quiet ones too.</summary>
    public Task<List<Minute>> MinutesAsync(int minutes, CancellationToken cancel)
    {
        // Written out each time it is needed: the planner knows what now() is, and not what a subquery will say.
        const string Since = "date_trunc('minute', now()) - make_interval(mins => $1 - 1)";
        return database.ReadAsync($"""
            select m.at, coalesce(o.count, 0), coalesce(c.delivered, 0), coalesce(c.failed, 0)
            from generate_series({Since}, now(), interval '1 minute') m(at)
            left join (
                select date_trunc('minute', created_at) as at, count(*) as count from orders.orders where created_at >= {Since}
                    group by 1) o on o.at = m.at
            left join (
                select date_trunc('minute', began_at) as at, count(*) filter (where status < 300 and effect <> 'reservation') as delivered,
                    count(*) filter (where {Failed}) as failed
                from orders.calls where began_at >= {Since} group by 1) c on c.at = m.at
            order by m.at
            """, [minutes], row => new Minute(row.GetFieldValue<DateTimeOffset>(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)),
            cancel);
    }

    /// <summary>Each partner that was called in the last hour.</summary>
    public Task<List<Health>> HealthAsync(CancellationToken cancel)
    {
        // One query for each, with its name as a value: how much of the table is a partner's differs too much to plan for them alike.
        var each = effects.Partners.Select((_, n) => $"""
            select ${n + 1}, count(*), count(*) filter (where {Failed}),
                   percentile_cont(0.5) within group (order by duration_ms), percentile_cont(0.95) within group (order by duration_ms),
                       max(began_at),
                   (array_agg(quota_left order by id desc) filter (where quota_left is not null))[1]
            from {LatestCalls.Of($"${n + 1}", Sample)} latest
            where began_at > now() - interval '1 hour' -- inside, a partner that was quiet for an hour would have all of its calls read
            having count(*) > 0
            """);
        return database.ReadAsync(string.Join(" union all ", each), effects.Partners.Select(partner => (object?)partner.Name).ToArray(),
            row => new Health(
                row.GetString(0), row.GetInt64(1), row.GetInt64(2), TimeSpan.FromMilliseconds(row.GetDouble(3)),
                TimeSpan.FromMilliseconds(row.GetDouble(4)),
                row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<int?>(6)), cancel);
    }
}
