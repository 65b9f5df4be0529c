using Hangfire.States;
using Npgsql;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Storage;
using Storefront.Tests.Support;

namespace Storefront.Tests.Queue.Storage;

/// <summary>A worker that dies, or seems to have died, at each step of a job.</summary>
public sealed class LeaseTests : IAsyncLifetime
{
    public enum DiesAfter { Taking, Starting, Running }

    private readonly string name = Guid.NewGuid().ToString("n");
    private JobStore store = null!;

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Theory]
    [InlineData(DiesAfter.Taking)]
    [InlineData(DiesAfter.Starting)]
    [InlineData(DiesAfter.Running)]
    public async Task A_job_whose_worker_died_is_run_by_another_and_the_first_worker_cannot_finish_it(DiesAfter point)
    {
        var job = (await store.EnqueueAsync(Probe.Job(name)))[0].ToString();
        using var dead = store.Process().GetConnection();
        var held = dead.FetchNextJob(["default"], TestContext.Current.CancellationToken);
        if (point >= DiesAfter.Starting)
        {
            store.Change(dead, job, Processing(), EnqueuedState.StateName).ShouldNotBeNull();
            await store.UntilStateAsync(job, "Processing");
        }

        if (point == DiesAfter.Running) Probe.Run(name);

        await LeasesRunOutAsync();
        store.Serve();
        await store.UntilStateAsync(job, "Succeeded");

        Should.Throw<StaleJobException>(() => JobStore.Finish(dead, held));
        dead.GetJobData(job).ShouldBeNull(); // Hangfire's worker then drops the job.
        held.RemoveFromQueue();
        Probe.Named(name).Runs.ShouldBe(point == DiesAfter.Running ? 2 : 1);
        (await store.HistoryAsync(job)).ShouldBe(point >= DiesAfter.Starting
            ? ["Enqueued", "Processing", "Processing", "Succeeded"] : ["Enqueued", "Processing", "Succeeded"]);
    }

    [Fact]
    public async Task A_job_whose_worker_died_after_finishing_it_is_not_run_again()
    {
        var job = (await store.EnqueueAsync(Probe.Job(name)))[0].ToString();
        using var dead = store.Process().GetConnection();
        JobStore.Finish(dead, dead.FetchNextJob(["default"], TestContext.Current.CancellationToken));

        (await store.ReadAsync<long>("select count(*) from hangfire.jobqueue")).ShouldBe([0]);
        (await store.StateAsync(job)).ShouldBe("Succeeded");
    }

    [Fact]
    public async Task A_worker_whose_job_was_fetched_by_another_cannot_finish_it()
    {
        var job = (await store.EnqueueAsync(Probe.Job(name)))[0].ToString();
        using var slow = store.Process().GetConnection();
        using var other = store.Process().GetConnection();
        var slowly = slow.FetchNextJob(["default"], TestContext.Current.CancellationToken);
        store.Change(slow, job, Processing(), EnqueuedState.StateName).ShouldNotBeNull();
        await store.UntilStateAsync(job, "Processing");
        await LeasesRunOutAsync();
        var rescued = other.FetchNextJob(["default"], TestContext.Current.CancellationToken);

        Should.Throw<StaleJobException>(() => JobStore.Finish(slow, slowly)); // The job is fetched here, and not started yet.
        store.Change(other, job, Processing(), ProcessingState.StateName).ShouldNotBeNull();
        Should.Throw<StaleJobException>(() => JobStore.Finish(slow, slowly));
        slowly.Requeue();
        JobStore.Finish(other, rescued);

        (await store.StateAsync(job)).ShouldBe("Succeeded");
        await store.UntilQueuesAreEmptyAsync();
    }

    [Fact]
    public async Task A_worker_waits_for_the_state_lock_of_its_job_and_respects_the_new_state()
    {
        var job = (await store.EnqueueAsync(Probe.Job(name)))[0].ToString();
        using var worker = store.Storage.GetConnection();
        using var other = store.Process().GetConnection();
        var held = worker.FetchNextJob(["default"], TestContext.Current.CancellationToken);
        var deciding = other.AcquireDistributedLock($"job:{job}:state-lock", TimeSpan.Zero);
        other.GetJobData(job).State.ShouldBe(EnqueuedState.StateName);

        var finishing = Task.Factory.StartNew(() => JobStore.Finish(worker, held), TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        store.Change(other, job, new DeletedState(), EnqueuedState.StateName).ShouldNotBeNull();
        deciding.Dispose();

        await Should.ThrowAsync<StaleJobException>(finishing);
        (await store.StateAsync(job)).ShouldBe("Deleted");
    }

    [Fact]
    public async Task An_abandoned_job_comes_before_fresh_ones()
    {
        var abandoned = (await store.EnqueueAsync(Probe.Job(name)))[0].ToString();
        using (var dead = store.Process().GetConnection())
            dead.FetchNextJob(["default"], TestContext.Current.CancellationToken);
        await store.EnqueueAsync([.. Enumerable.Repeat(Probe.Job(name), 20)]);
        await LeasesRunOutAsync();

        using var connection = store.Process().GetConnection();
        using var next = connection.FetchNextJob(["default"], TestContext.Current.CancellationToken);
        next.JobId.ShouldBe(abandoned);
    }

    [Fact]
    public async Task Leases_are_renewed_after_a_renewal_failed_unexpectedly()
    {
        await store.EnqueueAsync(Probe.Job(name));
        var log = new FailingOnce();
        using var connection = store.FastProcess(invisibility: TimeSpan.FromSeconds(5), log: log).GetConnection();
        using var held = connection.FetchNextJob(["default"], TestContext.Current.CancellationToken);
        await store.RunAsync("update hangfire.jobqueue set updatecount = updatecount + 100"); // A lost lease is logged.
        await Eventually.Async(() => Task.FromResult(log.Failed), failed => failed, "a round has failed");
        await store.RunAsync("update hangfire.jobqueue set updatecount = updatecount - 100, fetchedat = now() - interval '1 day'");

        await store.UntilAsync("select count(*) from hangfire.jobqueue where fetchedat > now() - interval '1 hour'", 1);
    }

    private sealed class FailingOnce : Microsoft.Extensions.Logging.ILogger<FastStorage>
    {
        private int asked;

        public bool Failed => Volatile.Read(ref asked) > 0;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel level) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel level, Microsoft.Extensions.Logging.EventId id, TState state, Exception? fault,
            Func<TState, Exception?, string> text)
        {
            if (Interlocked.Increment(ref asked) == 1) throw new KeyNotFoundException("unforeseen");
        }
    }

    [Fact]
    public async Task A_job_that_a_worker_gives_back_is_available_to_others_at_once()
    {
        var job = (await store.EnqueueAsync(Probe.Job(name)))[0].ToString();
        using (var first = store.Storage.GetConnection())
            first.FetchNextJob(["default"], TestContext.Current.CancellationToken).Dispose();

        using var second = store.Process().GetConnection();
        using var again = second.FetchNextJob(["default"], TestContext.Current.CancellationToken);
        again.JobId.ShouldBe(job);
    }

    [Fact]
    public async Task A_locked_row_delays_only_its_own_return_to_the_queue()
    {
        await store.EnqueueAsync(Probe.Job(name), Probe.Job(name));
        using var connection = store.Storage.GetConnection();
        var (first, second) = (Fetch(), Fetch());
        await using var holder = await store.Postgres.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var hold = new NpgsqlCommand($"select from hangfire.jobqueue where id = {first.QueueId} for update", holder))
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await Task.Run(() => store.Fast.Leases.Return([first, second]), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        (await store.ReadAsync<long>("select id from hangfire.jobqueue where fetchedat is null")).ShouldBe([second.QueueId]);

        LeasedJob Fetch() => (LeasedJob)connection.FetchNextJob(["default"], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_requeued_job_is_found_after_later_jobs_were_fetched()
    {
        await store.EnqueueAsync([.. Enumerable.Repeat(Probe.Job(name), 30)]);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var connection = store.Process().GetConnection();
        var early = connection.FetchNextJob(["default"], deadline.Token);
        for (var n = 0; n < 10; n++) connection.FetchNextJob(["default"], deadline.Token).RemoveFromQueue();
        early.Requeue();

        var rest = Enumerable.Range(0, 20).Select(_ => connection.FetchNextJob(["default"], deadline.Token)).ToList();
        rest.ShouldContain(job => job.JobId == early.JobId);
    }

    /// <summary>All processes lose the database for longer than their leases last. The first one to come back runs no jobs.</summary>
    [Fact]
    public async Task Running_jobs_are_not_treated_as_abandoned_after_a_database_outage()
    {
        var lease = TimeSpan.FromSeconds(30);
        await using var wire = new LossyWire(store.Address + ";Timeout=2;Command Timeout=1;Cancellation Timeout=-1");
        store.Serve(workers: 1, by: store.FastProcess(over: wire.Database, invisibility: lease));
        var endless = new NewJob(Hangfire.Common.Job.FromExpression(() => Probe.RunUntilTold(name)), "default");
        var job = (await store.EnqueueAsync(endless))[0].ToString();
        await Probe.Named(name).Begun.WaitAsync(TestContext.Current.CancellationToken);
        store.Serve(workers: 2, by: store.FastProcess(over: wire.Database, invisibility: lease));

        wire.FallSilent();
        await UntilTrueAsync($"select fetchedat < now() - interval '{lease.TotalSeconds + 1} seconds' from hangfire.jobqueue");
        wire.Speak();
        await UntilTrueAsync("select fetchedat > now() - interval '10 seconds' from hangfire.jobqueue");

        (await store.ReadAsync<int>("select updatecount from hangfire.jobqueue")).ShouldBe([1]);
        Probe.Named(name).MayEnd.Release();
        await store.UntilStateAsync(job, "Succeeded");
        Probe.Named(name).Runs.ShouldBe(1);
        (await store.HistoryAsync(job)).ShouldBe(["Enqueued", "Processing", "Succeeded"]);
    }

    [Fact]
    public async Task A_process_does_not_treat_its_own_jobs_as_abandoned()
    {
        var own = (await store.EnqueueAsync(Probe.Job(name)))[0].ToString();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var process = store.Process();
        using var running = process.GetConnection();
        running.FetchNextJob(["default"], deadline.Token).JobId.ShouldBe(own);
        await LeasesRunOutAsync();
        var fresh = (await store.EnqueueAsync(Probe.Job(name)))[0].ToString();

        using var free = process.GetConnection();
        free.FetchNextJob(["default"], deadline.Token).JobId.ShouldBe(fresh);
    }

    [Fact]
    public async Task A_worker_of_several_queues_empties_the_one_it_names_first()
    {
        await store.EnqueueAsync([.. Enumerable.Range(0, 5).SelectMany(_ => new[] { Probe.Job(name, "beta"), Probe.Job(name, "alpha") })]);
        using var connection = store.Process().GetConnection();

        var queues = new List<string>();
        for (var n = 0; n < 10; n++)
        {
            var job = connection.FetchNextJob(["beta", "alpha"], TestContext.Current.CancellationToken);
            queues.Add(connection.GetJobData(job.JobId).Job.Queue);
            job.RemoveFromQueue();
        }

        queues.ShouldBe([.. Enumerable.Repeat("beta", 5), .. Enumerable.Repeat("alpha", 5)]);
    }

    [Fact]
    public async Task Two_hundred_workers_need_a_handful_of_connections()
    {
        await store.EnqueueAsync(
            [.. Enumerable.Repeat(new NewJob(Hangfire.Common.Job.FromExpression(() => Probe.RunBrieflyAsync(name)), "default"), 600)]);
        store.Serve(workers: 200);

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", 600);
        (await store.ReadAsync<long>("select count(*) from pg_stat_activity where datname = current_database()")).Single()
            .ShouldBeLessThanOrEqualTo(8);
    }

    private static ProcessingState Processing() => (ProcessingState)Activator.CreateInstance(
        typeof(ProcessingState), System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic, null,
        ["server", "worker"], null)!;

    private Task<bool> UntilTrueAsync(string question) =>
        Eventually.Async(async () => (await store.ReadAsync<bool>(question)) is [true], found => found, question);

    private Task LeasesRunOutAsync() =>
        store.RunAsync("update hangfire.jobqueue set fetchedat = fetchedat - interval '1 day' where fetchedat is not null");
}
