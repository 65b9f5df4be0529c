using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Alerts;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>Every minute: finds orders, deliveries and jobs that stand still, and sets them going again.</summary>
internal sealed class ReconcileOrders(
    NpgsqlDataSource database, LeaseLocks locks, LostJobs lostJobs, OpenOrders openOrders, UnprovenDeliveries unproven,
    PendingDeliveries pending, IncidentAlerts incidents, HoldAlerts holds, DeadDeliveries dead, Findings findings, IAlarm alarm,
    IOptions<WebhookOptions> alerts, ILogger<ReconcileOrders> log)
{
    /// <summary>Of the recurring job, and of its last success in <c>orders.rounds</c>.</summary>
    public const string Id = "reconcile-orders";

    public async Task RunAsync(CancellationToken cancel)
    {
        using var alone = locks.TryTake(Id);
        if (alone is null) return;

        var repaired = 0;
        // First, as very many repairs take a while.
        await RunAllAsync(
            () => incidents.RaiseAsync(cancel),
            () => holds.RaiseAsync(cancel),
            () => dead.TellAsync(cancel),
            () => findings.TellAsync(cancel),
            async () => repaired += await lostJobs.RequeueAsync(cancel),
            async () => repaired += await openOrders.FinishAsync(cancel),
            async () => repaired += await unproven.SettleAsync(cancel),
            async () => repaired += await pending.RepairAsync(cancel),
            () => TellAsync(repaired, cancel));

        await database.ExecuteAsync(
            "insert into orders.rounds (name, ended_at) values ($1, now()) on conflict (name) do update set ended_at = now()", [Id],
            cancel);
    }

    // A step that fails keeps no other from being taken. It fails the round at the end.
    private static async Task RunAllAsync(params Func<Task>[] steps)
    {
        var taken = new List<Task>();
        foreach (var step in steps)
        {
            taken.Add(step());
            await taken[^1].ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(taken);
    }

    // For as long after a repair as one alert stands for all: so it is told once, also if the first try could not be written.
    private async Task TellAsync(int repaired, CancellationToken cancel)
    {
        if (repaired > 0) log.Repaired(repaired);
        var (most, quiet) = (alerts.Value.RepairsAnHour, alerts.Value.Quiet);
        if (await database.AskAsync("""
            select count(*) > $1 and max(at) > now() - $3
            from (select at from orders.repairs where at > now() - interval '1 hour' order by at desc limit $2) as latest
            """, [most, most + 1, quiet], cancel) is not true) return;
        if (repaired > 0) log.ManyRepairs(most);
        await alarm.RaiseAsync(AlertKind.ManyRepairs,
            $"Reconciliation had to repair more than {most} orders or deliveries within an hour.");
    }
}
