using Hangfire;
using Hangfire.States;
using Hangfire.Storage;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Tests.Queue.Storage;

/// <summary>The monitoring API, which the dashboard reads.</summary>
public sealed class MonitorTests
{
    private readonly string name = Guid.NewGuid().ToString("n");

    [Theory]
    [InlineData(JobStorageKind.Fast)]
    [InlineData(JobStorageKind.Stock)]
    public async Task Every_page_of_the_dashboard_shows_the_jobs_of_its_state(JobStorageKind kind)
    {
        await using var store = await JobStore.CreateAsync(kind);
        var waiting = (await store.EnqueueAsync(Probe.Job(name, "first"), Probe.Job(name, "second"), Probe.Job(name, "first")))
            .Select(id => id.ToString()).ToArray();
        var scheduled =
            (await store.EnqueueAsync(Probe.Job(name) with { RunAt = TimeProvider.System.GetUtcNow().AddDays(1) }))[0].ToString();
        var deleted = store.Client.Create(() => Probe.Run(name), new DeletedState());
        var failed = store.Client.Create(() => Probe.Run(name), new FailedState(new InvalidOperationException("It broke.")));
        var succeeded = store.Client.Create(() => Probe.Run(name), new SucceededState(null, 1, 2));
        var following = store.Client.Create(() => Probe.Run(name), new AwaitingState(waiting[0], new EnqueuedState()));
        store.Recurring.AddOrUpdate(name, () => Probe.Run(name), Cron.Never());
        var dashboard = store.Storage.GetMonitoringApi();

        var queues = dashboard.Queues();
        queues.Select(queue => (queue.Name, queue.Length)).ShouldBe([("first", 2), ("second", 1)], ignoreOrder: true);
        queues.Single(queue => queue.Name == "first").FirstJobs.Select(job => job.Key)
            .ShouldBe([waiting[0], waiting[2]], ignoreOrder: true);
        dashboard.EnqueuedJobs("first", 0, 10)
            .ShouldAllBe(job => job.Value.InEnqueuedState && job.Value.EnqueuedAt != null && job.Value.Job.Queue == "first");
        dashboard.EnqueuedJobs("first", 1, 10).Count.ShouldBe(1);
        dashboard.ScheduledJobs(0, 10).Single().Key.ShouldBe(scheduled);
        dashboard.DeletedJobs(0, 10).Single().Key.ShouldBe(deleted);
        dashboard.FailedJobs(0, 10).Single()
            .ShouldSatisfyAllConditions(job => job.Key.ShouldBe(failed), job => job.Value.ExceptionMessage.ShouldBe("It broke."));
        dashboard.SucceededJobs(0, 10).Single().Key.ShouldBe(succeeded);
        dashboard.FailedJobs(1, 10).ShouldBeEmpty();

        (dashboard.EnqueuedCount("first"), dashboard.FetchedCount("first"), dashboard.ScheduledCount(), dashboard.FailedCount(),
            dashboard.DeletedListCount(), dashboard.SucceededListCount())
            .ShouldBe((2, 0, 1, 1, 1, 1));
        dashboard.GetStatistics().ShouldSatisfyAllConditions(
            now => now.Queues.ShouldBe(2), now => now.Enqueued.ShouldBe(3), now => now.Scheduled.ShouldBe(1), now => now.Failed.ShouldBe(1),
            now => now.Succeeded.ShouldBe(1), now => now.Deleted.ShouldBe(1), now => now.Recurring.ShouldBe(1),
            now => now.Servers.ShouldBe(0));
        dashboard.HourlySucceededJobs().Values.Sum().ShouldBe(1);
        dashboard.FailedByDatesCount().Values.Sum().ShouldBe(1);
        if (kind == JobStorageKind.Stock) return; // Hangfire.PostgreSql's own storage does not list awaiting jobs.

        var more = (JobStorageMonitor)dashboard;
        more.AwaitingJobs(0, 10).Single()
            .ShouldSatisfyAllConditions(job => job.Key.ShouldBe(following), job => job.Value.ParentStateName.ShouldBe("Enqueued"));
        dashboard.GetStatistics().Awaiting.ShouldBe(1);
        more.HourlyDeletedJobs().Values.Sum().ShouldBe(1);
    }

    [Fact]
    public async Task The_estimate_of_a_large_count_is_close_to_it()
    {
        await using var store = await JobStore.CreateAsync(JobStorageKind.Fast);
        const int Many = 3 * FastMonitor.CountedExactly;
        await store.RunAsync($"""
            insert into hangfire.job (invocationdata, arguments, createdat, statename)
            select jsonb_build_object(), '[]', now(), 'Failed' from generate_series(1, {Many});
            """);
        await store.RunAsync("analyze hangfire.job");

        store.Storage.GetMonitoringApi().FailedCount().ShouldBeInRange(Many * 9 / 10, Many * 11 / 10);
    }
}
