using Hangfire;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Reconciliation;
using Storefront.Jobs.Retention;

namespace Storefront.Jobs;

/// <summary>Every recurring job. Times are UTC, so that no day has a missing or a doubled hour.</summary>
internal static class Schedule
{
    public static void Write(IRecurringJobManager recurring)
    {
        Add<ReconcileOrders>(ReconcileOrders.Id, job => job.RunAsync(CancellationToken.None), Cron.Minutely());
        Add<CompareRecentOrders>(CompareRecentOrders.Id, job => job.RunAsync(CancellationToken.None), Cron.Minutely());
        Add<CompareInventory>(CompareInventory.Id, job => job.RunAsync(CancellationToken.None), Cron.Daily(hour: 2, minute: 30));
        Add<ForgetPeople>("forget-people", job => job.RunAsync(CancellationToken.None), Cron.Daily(hour: 3, minute: 15));
        Add<ForgetCalls>(ForgetCalls.Id, job => job.RunAsync(CancellationToken.None), Cron.Daily(hour: 3, minute: 30));
        Add<DeleteOldRecords>(DeleteOldRecords.Id, job => job.RunAsync(CancellationToken.None), Cron.Daily(hour: 3, minute: 45));

        void Add<TJob>(string id, System.Linq.Expressions.Expression<Func<TJob, Task>> run, string cron) =>
            // Relaxed: a run that fell due while no server ran, for example during a deploy, happens once as soon as a server runs.
            recurring.AddOrUpdate(
                id, Queues.Critical, run, cron,
                new RecurringJobOptions { TimeZone = TimeZoneInfo.Utc, MisfireHandling = MisfireHandlingMode.Relaxed });
    }
}
