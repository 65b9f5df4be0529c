using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>Every minute: finds orders, deliveries and jobs that stand still, and sets them going again.</summary>
internal sealed class ReconcileOrders(
    NpgsqlDataSource database, LeaseLocks locks, LostJobs lostJobs, OpenOrders openOrders, UnprovenDeliveries unproven,
    PendingDeliveries pending, IncidentAlerts incidents, HoldAlerts holds, IAlarm alarm, IOptions<WebhookOptions> alerts,
    ILogger<ReconcileOrders> log)
{
    /// <summary>Of the recurring job, and of its last success in <c>orders.rounds</c>.</summary>
    public const string Id = "reconcile-orders";

    public async Task RunAsync(CancellationToken cancel)
    {
        using var alone = locks.TryTake(Id);
        if (alone is null) return;

        var repaired = await lostJobs.RequeueAsync(cancel) + await openOrders.FinishAsync(cancel) + await unproven.SettleAsync(cancel)
            + await pending.RepairAsync(cancel);
        await incidents.RaiseAsync(cancel);
        await holds.RaiseAsync(cancel);
        if (repaired > 0)
        {
            log.Repaired(repaired);
            await AlarmWhereManyAsync(cancel);
        }

        await database.ExecuteAsync(
            "insert into orders.rounds (name, ended_at) values ($1, now()) on conflict (name) do update set ended_at = now()", [Id],
            cancel);
    }

    private async Task AlarmWhereManyAsync(CancellationToken cancel)
    {
        var most = alerts.Value.RepairsAnHour;
        var repairs = await database.AskAsync(
            "select count(*) from (select at from orders.repairs order by id desc limit $1) latest where at > now() - interval '1 hour'",
            [most + 1], cancel);
        if ((long)repairs! <= most) return;
        log.ManyRepairs(most);
        await alarm.RaiseAsync(AlertKind.ManyRepairs,
            $"Reconciliation had to repair more than {most} orders or deliveries within an hour.");
    }
}
