using System.Net;
using Hangfire;
using Hangfire.States;
using Storefront.Jobs.Database;
using Storefront.Tests.Queue.Storage;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.Security;

/// <summary>Every page of Hangfire's dashboard, with a row of its kind in it.</summary>
public sealed class DashboardPagesTests(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task Every_page_of_the_dashboard_shows_its_rows()
    {
        var storage = shop.Get<JobStorage>();
        var client = new BackgroundJobClient(storage);
        var enqueued = Create(new EnqueuedState("nobody"));
        var fetched = Create(new EnqueuedState("nobody"));
        await shop.Database.ExecuteAsync("update hangfire.jobqueue set fetchedat = now() where jobid = $1::bigint", [fetched], default);
        var processing = Create(new EnqueuedState("nobody"));
        await shop.Database.ExecuteAsync("""
            with state as (
                insert into hangfire.state (jobid, name, createdat, data)
                values ($1::bigint, 'Processing', now(),
                    '{"ServerId": "gone", "WorkerId": "0b9ed0d8-worker", "StartedAt": "1700000000000"}') returning id, jobid),
            queued as (update hangfire.jobqueue set fetchedat = now() where jobid = $1::bigint)
            update hangfire.job set stateid = state.id, statename = 'Processing' from state where job.id = state.jobid
            """, [processing], default);
        var retried = Create(new ScheduledState(TimeSpan.FromDays(1)));
        using (var connection = storage.GetConnection())
        using (var transaction = connection.CreateWriteTransaction())
        {
            transaction.AddToSet("retries", retried);
            transaction.Commit();
        }

        var failed = Create(new FailedState(new InvalidOperationException("It broke.")));
        var deleted = Create(new DeletedState());
        var succeeded = Create(new SucceededState("a result", 1, 2));
        var awaiting = Create(new AwaitingState(enqueued, new EnqueuedState("nobody"), JobContinuationOptions.OnAnyFinishedState));
        using var browser = await Staff.BrowserAsync(shop, Roles.Admin);

        var pages = new Dictionary<string, string?>
        {
            [""] = null, ["/servers"] = ":jobs", ["/recurring"] = "forget-people", ["/retries"] = retried,
            ["/jobs/enqueued"] = enqueued, ["/jobs/enqueued/nobody"] = enqueued, ["/jobs/enqueued/fetched/nobody"] = fetched,
            ["/jobs/processing"] = processing, ["/jobs/scheduled"] = retried, ["/jobs/succeeded"] = succeeded, ["/jobs/failed"] = failed,
            ["/jobs/deleted"] = deleted, ["/jobs/awaiting"] = awaiting,
        };
        foreach (var job in new[] { enqueued, fetched, processing, retried, failed, deleted, succeeded, awaiting })
            pages.Add($"/jobs/details/{job}", job);
        foreach (var (page, row) in pages)
        {
            var answer = await browser.GetAsync("/admin/jobs" + page);
            var text = await answer.Content.ReadAsStringAsync();
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{page}: {text}");
            if (row is not null) text.ShouldContain(row, customMessage: page);
        }

        foreach (var unknown in new[] { "0", "no-number", "99999999999999999999" })
            ((int)(await browser.GetAsync($"/admin/jobs/jobs/details/{unknown}")).StatusCode).ShouldBeLessThan(500, unknown);

        string Create(IState state) => client.Create(() => Probe.Run("dashboard"), state);
    }
}
