using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Compares the orders since the last round with Inventory's reservations, every minute: until the night, stock that is missing might be
/// sold to somebody else. The first round looks at the last day; older orders are compared at night. Each round also looks again at the
/// latest orders of the last day, since an Inventory that was set back to an earlier state has lost those.
/// </summary>
internal sealed class CompareRecentOrders(
    NpgsqlDataSource database, LeaseLocks locks, HeldStock stock, IAlarm alarm, ILogger<CompareRecentOrders> log)
{
    /// <summary>Of the recurring job, and of its watermark in <c>orders.rounds</c>.</summary>
    public const string Id = "compare-recent-orders";

    private const int LookedAtAgain = 1000;

    private static readonly TimeSpan LongSilence = TimeSpan.FromMinutes(15);

    private sealed record Window(DateTimeOffset Since, DateTimeOffset Until, bool IsLate);

    public async Task RunAsync(CancellationToken cancel)
    {
        using var alone = locks.TryTake(CompareInventory.Lock);
        if (alone is null) return;

        var window = await WindowAsync(cancel);
        try
        {
            var open = await stock.CheckAsync(window.Since, window.Until, again: false, cancel);
            await RememberAsync(open is { } earliest ? earliest - TimeSpan.FromMicroseconds(1) : window.Until, cancel);
            await stock.CheckAsync(await LatestAsync(window.Since, cancel), window.Since, again: true, cancel);
        }
        catch (PartnerFault fault)
        {
            // Not thrown, as the next round is the next attempt.
            log.NotCompared(fault.Message);
            if (window.IsLate)
                await alarm.RaiseAsync(
                    AlertKind.ReconciliationStale,
                    $"Orders have not been compared with Inventory's reservations since {window.Since:u}: {fault.Message}");
        }
    }

    // Until the oldest order that is still open, since it may be placed yet, but for no longer than an hour: an order that stays open for
    // longer raises an alarm of its own.
    private async Task<Window> WindowAsync(CancellationToken cancel) => (await database.ReadAsync("""
        select coalesce((select seen_until from orders.rounds where name = $1), now() - interval '1 day'),
               least(now() - interval '30 seconds', (
                   select greatest(now() - interval '1 hour', min(created_at) - interval '1 second')
                   from orders.orders where status = 'reserving' having count(*) > 0)),
               coalesce((select seen_until < now() - $2 from orders.rounds where name = $1), false)
        """, [Id, LongSilence],
        row => new Window(row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1), row.GetBoolean(2)), cancel)).Single();

    private async Task<DateTimeOffset> LatestAsync(DateTimeOffset until, CancellationToken cancel) => (await database.ReadAsync("""
        select greatest(now() - interval '1 day', (
            select created_at from orders.orders where created_at <= $1 order by created_at desc offset $2 limit 1))
        """, [until, LookedAtAgain], row => row.GetFieldValue<DateTimeOffset>(0), cancel)).Single();

    private Task RememberAsync(DateTimeOffset until, CancellationToken cancel) => database.ExecuteAsync("""
        insert into orders.rounds as last (name, ended_at, seen_until) values ($1, now(), $2)
        on conflict (name) do update set ended_at = now(), seen_until = greatest(last.seen_until, excluded.seen_until)
        """, [Id, until], cancel);
}
