using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Alerts;

/// <summary>
/// Reminds a person of what somebody has stopped by hand and not started again: after an hour, and then once a day. Nothing else would
/// ever end such a stop.
/// </summary>
internal sealed class HoldAlerts(NpgsqlDataSource database, IAlarm alarm)
{
    public async Task RaiseAsync(CancellationToken cancel)
    {
        // A switch that was set again after the last reminder counts as new.
        var held = await database.ReadAsync("""
            select target, at, now() - at from orders.switches
            where position in ('paused', 'open') and at < now() - interval '1 hour'
              and (reminded_at is null or reminded_at < at or reminded_at < now() - interval '1 day')
            """, [], row => (Target: row.GetString(0), At: row.GetFieldValue<DateTimeOffset>(1), For: row.GetTimeSpan(2)), cancel);
        foreach (var (target, at, length) in held)
        {
            // Told first: if this process dies in between, the quiet time of the same subject keeps the next one from telling it twice.
            var isTold = await alarm.RaiseAsync(AlertKind.HeldByHand,
                $"{Name(target)} by hand since {at:u}, for {Length(length)}. Whatever needs it waits until somebody ends this in the back "
                + "office.", $"{at.UtcDateTime:yyyyMMddHHmmssfff}");
            if (isTold)
                await database.ExecuteAsync(
                    "update orders.switches set reminded_at = now() where target = $1 and at = $2", [target, at], cancel);
        }
    }

    // The name of who did it and the reason are on the page: they may name a person, and a message leaves the shop.
    private static string Name(string target) => target.Split('/', 2) switch
    {
        ["partner", var partner] => $"Deliveries to {partner} are paused",
        ["circuit", var partner] => $"All calls to {partner} are stopped",
        ["queue", var queue] => $"The queue {queue} is paused",
        [_, var job] => $"The recurring job {job} is paused",
        _ => $"{target} is held",
    };

    private static string Length(TimeSpan length) =>
        length < TimeSpan.FromDays(2) ? $"{length.TotalHours:0} h" : $"{length.TotalDays:0} days";
}
