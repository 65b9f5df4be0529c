using Hangfire.Common;
using Hangfire.Storage;
using Storefront.Jobs;
using Storefront.Tests.Queue.Storage;

namespace Storefront.Tests;

/// <summary>Recurring jobs that fall due while a new version is deployed.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public async Task A_recurring_job_that_was_due_during_a_deploy_runs_once_after_it()
    {
        await using var store = await JobStore.CreateAsync(JobStorageKind.Fast);
        Schedule.Write(store.Recurring);
        var all = MissSinceYesterday(store);
        all.ShouldContain("forget-people");

        Schedule.Write(store.Recurring); // Each start does this.
        store.Serve(queues: "nobody");

        await store.UntilAsync("select count(*) from hangfire.jobqueue where queue = 'critical'", all.Count);
        await store.UntilAsync(
            "select count(*) from hangfire.set where key = 'recurring-jobs' and score > extract(epoch from now()) - 60", all.Count);
        (await store.ReadAsync<long>("select count(distinct invocationdata ->> 'Type') from hangfire.job")).ShouldBe([all.Count]);
        (await store.ReadAsync<long>("select count(*) from hangfire.jobqueue")).ShouldBe([all.Count]);
    }

    private static HashSet<string> MissSinceYesterday(JobStore store)
    {
        using var connection = (JobStorageConnection)store.Storage.GetConnection();
        using var transaction = connection.CreateWriteTransaction();
        var all = connection.GetAllItemsFromSet("recurring-jobs");
        var now = connection.GetUtcDateTime();
        foreach (var id in all)
        {
            transaction.AddToSet("recurring-jobs", id, JobHelper.ToTimestamp(now.AddMinutes(-1)));
            transaction.SetRangeInHash($"recurring-job:{id}", new Dictionary<string, string>
            {
                ["CreatedAt"] = JobHelper.SerializeDateTime(now.AddDays(-9)),
                ["LastExecution"] = JobHelper.SerializeDateTime(now.AddHours(-25)),
                ["NextExecution"] = JobHelper.SerializeDateTime(now.AddMinutes(-1)),
            });
        }

        transaction.Commit();
        return all;
    }
}
