using System.Globalization;
using System.Reflection;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Tests.Support;

namespace Storefront.Tests.Queue;

public sealed class RetryFilterTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    [Fact]
    public async Task A_job_that_kills_its_process_is_started_five_times_and_no_more()
    {
        var job = await JobAsync();

        for (var start = 1; start <= 5; start++) Begin(job, start);

        Start(job).ShouldBe("Failed");
    }

    [Fact]
    public async Task Jobs_that_ran_beside_a_job_that_kills_its_process_run_apart_from_it()
    {
        var jobs = new[] { await JobAsync(), await JobAsync(), await JobAsync() };
        foreach (var job in jobs)
        {
            Begin(job, start: 1);
            Start(job).ShouldBe("Processing", "anybody's process may end once");
            Start(job).ShouldBe("Scheduled", "twice makes it suspect");
        }

        jobs.Select(DueAt).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task A_job_that_finished_a_run_in_between_is_not_stopped()
    {
        var job = await JobAsync();
        for (var start = 1; start <= 4; start++) Begin(job, start);

        Change(job, new FailedState(new TimeoutException("Postgres is away."))).ShouldBe("Scheduled", "it is tried again");

        Change(job, new EnqueuedState());
        for (var start = 1; start <= 5; start++) Begin(job, start);
    }

    [Fact]
    public async Task A_deferral_does_not_reset_the_count_of_starts()
    {
        var job = await JobAsync();
        for (var start = 1; start <= 4; start++) Begin(job, start);

        Change(job,
            new FailedState(new RetryLater(TimeSpan.FromSeconds(1), new TimeoutException("Another process works on it."), deferred: true)))
            .ShouldBe("Scheduled");
        Change(job, new EnqueuedState());
        Start(job).ShouldBe("Processing");
        Begin(job, start: 5);

        Start(job).ShouldBe("Failed");
    }

    [Fact]
    public async Task A_retry_that_names_a_queue_waits_there_once()
    {
        var job = await JobAsync();
        var why = new TimeoutException("The partner is down.");

        Change(job, new FailedState(new RetryLater(TimeSpan.FromSeconds(1), why, deferred: true, "email-urgent"))).ShouldBe("Scheduled");
        NextQueueOf(job).ShouldBe("\"email-urgent\"");

        Change(job, new FailedState(new RetryLater(TimeSpan.FromSeconds(1), why, deferred: true))).ShouldBe("Scheduled");
        NextQueueOf(job).ShouldBeNull();
    }

    [Fact]
    public async Task A_shutdown_requeues_a_running_job_at_once_and_uses_up_no_attempt()
    {
        var working = new ShopWithLongEmailTimeout();
        await working.InitializeAsync();
        try
        {
            await working.Partners.SetStockAsync(Goods.Lamp, 10);
            await working.Partners.BreakAsync("email", new { hang = true });
            var id = (await (await working.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();
            await Eventually.Async(() => AttemptsAsync(working, id), attempts => attempts == 1, "the mail is being sent");

            await working.RestartAsync(meanwhile: working.Partners.HealAsync);

            // The job of a dead process goes to another one after 90 s.
            await working.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the next process sent it");
            (await AttemptsAsync(working, id)).ShouldBe(1);
        }
        finally
        {
            await working.DisposeAsync();
        }
    }

    private static async Task<int> AttemptsAsync(Shop shop, Guid id) =>
        (await shop.Get<OrderStore>().FindAsync(id))!.Deliveries.Single(
            delivery => delivery.Effect == EffectNames.OrderConfirmation).Attempts;

    // Before each start but the first, the job is in the state that a dead process leaves. From the third start on, it is scheduled first.
    private void Begin(string job, int start)
    {
        if (start > 2)
        {
            Start(job).ShouldBe("Scheduled", $"before start {start}");
            Change(job, new EnqueuedState());
        }

        Start(job).ShouldBe("Processing", $"start {start}");
    }

    private DateTime DueAt(string job)
    {
        using var connection = shop.Get<JobStorage>().GetConnection();
        return JobHelper.DeserializeDateTime(connection.GetStateData(job).Data["EnqueueAt"]);
    }

    private string? NextQueueOf(string job)
    {
        using var connection = shop.Get<JobStorage>().GetConnection();
        return connection.GetJobParameter(job, "NextQueue");
    }

    private string Start(string job) => Change(job, Processing());

    // A worker changes states in this way, and the shop's own filters apply.
    private string Change(string job, IState state)
    {
        var storage = shop.Get<JobStorage>();
        using var connection = storage.GetConnection();
        return new BackgroundJobStateChanger(shop.Get<IJobFilterProvider>()).ChangeState(
            new StateChangeContext(storage, connection, job, state)).Name;
    }

    // The constructor of ProcessingState is internal to Hangfire.
    private static IState Processing() => (IState)Activator.CreateInstance(
        typeof(ProcessingState), BindingFlags.Instance | BindingFlags.NonPublic, null, ["server", "worker"], CultureInfo.InvariantCulture)!;

    private async Task<string> JobAsync()
    {
        var orders = shop.Get<OrderStore>();
        var opened = (Opened.Ours)await orders.OpenAsync(
            new(Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
                [new("A", "A thing", 1, 1m)]), CancellationToken.None);
        await orders.PlaceAsync(opened.Lease);
        var deliveries = await shop.Get<OrderStory>().LedgerAsync(opened.Lease.OrderId, CancellationToken.None);
        return deliveries[0].JobId!.Value.ToString(CultureInfo.InvariantCulture);
    }

    // The call to Email hangs until the shutdown, even on a slow machine.
    private sealed class ShopWithLongEmailTimeout : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Partners:Email:TimeoutSeconds", "300")];
    }
}
