using Hangfire;
using Hangfire.States;
using Hangfire.Storage;
using Storefront.Tests.Support;

namespace Storefront.Tests.Queue.Storage;

public sealed class FastStorageTests : StorageContract
{
    protected override JobStorageKind Kind => JobStorageKind.Fast;

    // Hangfire.PostgreSql's own storage is not tested here: it miscounts when a worker and a deletion meet.
    [Fact]
    public async Task Jobs_deleted_while_they_run_end_in_one_state_and_are_counted_once()
    {
        const int Jobs = 60;
        var jobs = (await Store.EnqueueAsync([.. Enumerable.Repeat(Probe.Job(Name), Jobs)])).Select(id => id.ToString()).ToList();
        Store.Serve();
        await Task.WhenAll(jobs.Chunk(15).Select(some => Task.Run(() =>
        {
            foreach (var job in some) Store.Client.Delete(job);
        })));
        await Store.UntilQueuesAreEmptyAsync();

        var states = await Store.ReadAsync<string>("select statename from hangfire.job");
        states.ShouldAllBe(state => state == "Succeeded" || state == "Deleted");
        // This waits because Hangfire.PostgreSql's monitor reads counters and their sums separately while counters are added up.
        var expected = ((long)states.Count(state => state == "Succeeded"), (long)states.Count(state => state == "Deleted"));
        await Eventually.Async(() => Task.FromResult(Counts()), counts => counts == expected, $"{expected} are counted");

        (await Store.ReadAsync<long>("""
            select count(*) from hangfire.job j where stateid is distinct from (
                select id from hangfire.state where jobid = j.id order by createdat desc, id desc limit 1)
            """)).ShouldBe([0]);

        (long Succeeded, long Deleted) Counts()
        {
            var counts = Store.Storage.GetMonitoringApi().GetStatistics();
            return (counts.Succeeded, counts.Deleted);
        }
    }
}

public sealed class StockStorageTests : StorageContract
{
    protected override JobStorageKind Kind => JobStorageKind.Stock;
}

/// <summary>What Hangfire expects of every storage.</summary>
public abstract class StorageContract : IAsyncLifetime
{
    private readonly string name = Guid.NewGuid().ToString("n");
    private JobStore store = null!;

    private protected string Name => name;
    private protected JobStore Store => store;

    protected abstract JobStorageKind Kind { get; }

    private Probe Probe => Probe.Named(name);

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(Kind);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return store.DisposeAsync();
    }

    [Fact]
    public async Task A_job_runs_once_and_its_whole_history_is_kept()
    {
        store.Serve();
        var job = store.Client.Create(() => Probe.Run(name), new EnqueuedState());

        await store.UntilStateAsync(job, "Succeeded");
        await store.UntilQueuesAreEmptyAsync();
        Probe.Runs.ShouldBe(1);
        (await store.HistoryAsync(job)).ShouldBe(["Enqueued", "Processing", "Succeeded"]);
    }

    [Fact]
    public async Task A_job_created_in_a_callers_transaction_runs()
    {
        var job = (await store.EnqueueAsync(Probe.Job(name) with { TraceParent = "t" }))[0].ToString();
        store.Serve();

        await store.UntilStateAsync(job, "Succeeded");
        var details = store.Storage.GetMonitoringApi().JobDetails(job);
        details.Job.Queue.ShouldBe("default");
        details.Properties["traceparent"].ShouldBe("\"t\"");
        details.History.Select(state => state.StateName).ShouldBe(["Succeeded", "Processing", "Enqueued"]);
    }

    [Fact]
    public async Task A_job_created_in_a_transaction_that_rolls_back_does_not_exist()
    {
        await using (var connection = await store.Postgres.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        await using (var batch = new Npgsql.NpgsqlBatch(connection, transaction))
        {
            await store.Jobs.EnqueueInAsync(batch, [Probe.Job(name), Probe.Job(name) with { RunAt = DateTimeOffset.MaxValue }],
                TestContext.Current.CancellationToken);
            await batch.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        (await store.ReadAsync<long>("""
            select (select count(*) from hangfire.job) + (select count(*) from hangfire.state) + (select count(*)
                from hangfire.jobqueue) + (select count(*) from hangfire.set)
            """)).ShouldBe([0]);
    }

    [Fact]
    public async Task A_scheduled_job_runs_in_its_queue_when_it_is_due()
    {
        store.Serve(queues: "later");
        var job =
            (await store.EnqueueAsync(
                Probe.Job(name, "later") with { RunAt = TimeProvider.System.GetUtcNow().AddSeconds(1) }))[0].ToString();
        (await store.StateAsync(job)).ShouldBe("Scheduled");

        await store.UntilStateAsync(job, "Succeeded");
        await store.UntilAsync("select count(*) from hangfire.set where key = 'schedule'", 0);
    }

    [Fact]
    public async Task Of_many_changes_of_a_job_from_the_same_state_only_one_succeeds()
    {
        var job = store.Client.Create(() => Probe.Run(name), new EnqueuedState());

        var outcomes =
            await Task.WhenAll(Enumerable.Range(0, 4)
                .Select(_ => Task.Run(() => store.Client.ChangeState(job, new DeletedState(), EnqueuedState.StateName))));

        outcomes.Count(changed => changed).ShouldBe(1);
        (await store.HistoryAsync(job)).ShouldBe(["Enqueued", "Deleted"]);
    }

    [Fact]
    public async Task Jobs_of_a_queue_start_in_the_order_they_were_added()
    {
        var added = (await store.EnqueueAsync([.. Enumerable.Repeat(Probe.Job(name), 30)])).Select(id => id.ToString()).ToList();
        store.Serve(workers: 1);

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", added.Count);
        (await store.ReadAsync<string>("select jobid::text from hangfire.state where name = 'Processing' order by createdat, id")).ShouldBe(
            added);
    }

    [Fact]
    public async Task A_job_deleted_while_it_runs_stays_deleted()
    {
        store.Serve();
        var job = store.Client.Create(() => Probe.RunUntilTold(name), new EnqueuedState());
        await Probe.Begun.WaitAsync(TestContext.Current.CancellationToken);
        await store.UntilStateAsync(job, "Processing");

        store.Client.ChangeState(job, new DeletedState(), ProcessingState.StateName).ShouldBeTrue();
        Probe.MayEnd.Release();

        await store.UntilQueuesAreEmptyAsync();
        (await store.HistoryAsync(job)).ShouldBe(["Enqueued", "Processing", "Deleted"]);
    }

    [Fact]
    public async Task A_running_job_that_is_deleted_is_cancelled()
    {
        store.Serve();
        var job = store.Client.Create(() => Probe.RunUntilCancelledAsync(name, CancellationToken.None), new EnqueuedState());
        await Probe.Begun.WaitAsync(TestContext.Current.CancellationToken);
        await store.UntilStateAsync(job, "Processing");

        store.Client.ChangeState(job, new DeletedState(), ProcessingState.StateName).ShouldBeTrue();

        await store.UntilQueuesAreEmptyAsync(); // This takes far less than the 30 s of the job.
        (await store.StateAsync(job)).ShouldBe("Deleted");
    }

    [Fact]
    public async Task A_job_requeued_while_it_runs_runs_again()
    {
        store.Serve();
        var job = store.Client.Create(() => Probe.RunUntilTold(name), new EnqueuedState());
        await Probe.Begun.WaitAsync(TestContext.Current.CancellationToken);
        await store.UntilStateAsync(job, "Processing");

        store.Client.ChangeState(job, new EnqueuedState(), ProcessingState.StateName).ShouldBeTrue();
        await Probe.Begun.WaitAsync(TestContext.Current.CancellationToken);
        Probe.MayEnd.Release(2);

        await store.UntilStateAsync(job, "Succeeded");
        await store.UntilQueuesAreEmptyAsync();
        Probe.Runs.ShouldBe(2);
    }

    [Fact]
    public async Task A_continuation_added_while_its_parent_finishes_is_not_lost()
    {
        const int Pairs = 20;
        store.Serve();
        await Task.WhenAll(Enumerable.Range(0, Pairs).Select(n => Task.Run(() =>
        {
            var parent = store.Client.Create(() => Probe.Run("parent" + name), new EnqueuedState());
            store.Client.Create(() => Probe.Run(name), new AwaitingState(parent, new EnqueuedState()));
        })));

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", 2 * Pairs);
        Probe.Runs.ShouldBe(Pairs);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_continuation_runs_after_a_parent_that_has_already_finished(bool succeeded)
    {
        var parent = store.Client.Create(() => Probe.Run("parent" + name), succeeded ? new SucceededState(null, 0, 0) : new DeletedState());
        store.Serve();
        var continuation = store.Client.ContinueJobWith(parent, () => Probe.Run(name), JobContinuationOptions.OnlyOnSucceededState);

        await store.UntilStateAsync(continuation, succeeded ? "Succeeded" : "Deleted");
        Probe.Runs.ShouldBe(succeeded ? 1 : 0);
    }

    [Fact]
    public async Task A_due_recurring_job_runs_once_although_several_servers_check_it()
    {
        store.Recurring.AddOrUpdate(name, () => Probe.Run(name), Cron.Yearly());
        await store.RunAsync("""
            insert into hangfire.hash (key, field, value)
            select key, 'LastExecution', to_char(now() - interval '2 years', 'YYYY"-01-01T00:00:00.0000000Z"') from hangfire.hash
                where field = 'Cron';
            update hangfire.hash set value = to_char(now(), 'YYYY"-01-01T00:00:00.0000000Z"') where field = 'NextExecution';
            update hangfire.set set score = extract(epoch from date_trunc('year', now())) where key = 'recurring-jobs'
            """);
        store.Serve();
        store.Serve(by: store.Process());

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", 1);
        await store.UntilAsync($"select count(*) from hangfire.set where key = 'recurring-jobs' and score > extract(epoch from now())", 1);
        Probe.Runs.ShouldBe(1);
    }

    [Fact]
    public async Task A_triggered_recurring_job_runs_and_stores_its_last_run()
    {
        store.Recurring.AddOrUpdate(name, () => Probe.Run(name), Cron.Never());
        store.Serve();
        store.Recurring.TriggerJob(name);

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", 1);
        using var connection = store.Storage.GetConnection();
        connection.GetAllEntriesFromHash("recurring-job:" + name)["LastJobId"].ShouldNotBeNullOrEmpty();
        store.Recurring.RemoveIfExists(name);
        connection.GetAllItemsFromSet("recurring-jobs").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_shutdown_returns_a_running_job_to_its_queue_at_once()
    {
        var stopping = store.Serve();
        var job = store.Client.Create(() => Probe.RunUntilCancelledAsync(name, CancellationToken.None), new EnqueuedState());
        await Probe.Begun.WaitAsync(TestContext.Current.CancellationToken);
        stopping.Dispose();

        (await store.ReadAsync<bool>($"select fetchedat is null from hangfire.jobqueue where jobid = {job}")).ShouldBe([true]);
        store.Serve(by: store.Process());
        await Probe.Begun.WaitAsync(TestContext.Current.CancellationToken);
        Probe.Runs.ShouldBe(2);
    }

    [Fact]
    public void A_lock_has_one_holder_and_is_reentrant()
    {
        using var holder = store.Storage.GetConnection();
        using var other = store.Storage.GetConnection();
        using var elsewhere = store.Process().GetConnection();
        var first = holder.AcquireDistributedLock("one", TimeSpan.Zero);
        var second = holder.AcquireDistributedLock("one", TimeSpan.Zero);

        void NobodyElse()
        {
            Should.Throw<DistributedLockTimeoutException>(() => other.AcquireDistributedLock("one", TimeSpan.FromMilliseconds(50)));
            Should.Throw<DistributedLockTimeoutException>(() => elsewhere.AcquireDistributedLock("one", TimeSpan.FromMilliseconds(50)));
        }

        NobodyElse();
        first.Dispose();
        NobodyElse();
        second.Dispose();
        elsewhere.AcquireDistributedLock("one", TimeSpan.FromSeconds(5)).Dispose();
    }

    [Fact]
    public async Task A_distributed_lock_excludes_other_holders()
    {
        var (sum, elsewhere) = (0, store.Process());
        await Task.WhenAll(new[] { store.Storage, elsewhere, store.Storage, elsewhere }.Select(storage => Task.Factory.StartNew(() =>
        {
            for (var n = 0; n < 25; n++)
            {
                using var connection = storage.GetConnection();
                using var held = connection.AcquireDistributedLock("sum", TimeSpan.FromSeconds(30));
                var read = sum;
                Thread.Yield();
                sum = read + 1;
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        sum.ShouldBe(100);
    }

    [Fact]
    public async Task Only_expired_records_are_deleted()
    {
        var expired = store.Client.Create(() => Probe.Run(name), new EnqueuedState("nobody"));
        var kept = store.Client.Create(() => Probe.Run(name), new EnqueuedState("nobody"));
        using (var connection = store.Storage.GetConnection())
        using (var transaction = (JobStorageTransaction)connection.CreateWriteTransaction())
        {
            transaction.ExpireJob(expired, TimeSpan.FromSeconds(-1));
            transaction.AddToSet("old", "member");
            transaction.ExpireSet("old", TimeSpan.FromSeconds(-1));
            transaction.AddToSet("young", "member");
            transaction.Commit();
        }

        store.Serve();
        await store.UntilAsync($"select count(*) from hangfire.job where id = {expired}", 0);
        await store.UntilAsync("select count(*) from hangfire.set where key = 'old'", 0);
        (await store.StateAsync(kept)).ShouldBe("Enqueued");
        (await store.ReadAsync<long>("select count(*) from hangfire.set where key = 'young'")).ShouldBe([1]);
        (await store.ReadAsync<long>($"select count(*) from hangfire.state where jobid = {expired}")).ShouldBe([0]);
    }

    [Fact]
    public void Sets_hashes_lists_and_parameters_return_what_was_stored()
    {
        var job = store.Client.Create(() => Probe.Run(name), new EnqueuedState("nobody"));
        using var connection = (JobStorageConnection)store.Storage.GetConnection();
        using (var transaction = (JobStorageTransaction)connection.CreateWriteTransaction())
        {
            transaction.AddToSet("set", "b", 2);
            transaction.AddToSet("set", "a", 1);
            transaction.AddToSet("set", "gone", 0);
            transaction.RemoveFromSet("set", "gone");
            transaction.SetRangeInHash("hash", new Dictionary<string, string> { ["one"] = "1", ["two"] = "2" });
            transaction.InsertToList("list", "x");
            transaction.InsertToList("list", "y");
            transaction.InsertToList("list", "x");
            transaction.RemoveFromList("list", "x");
            transaction.IncrementCounter("count");
            transaction.IncrementCounter("count");
            transaction.DecrementCounter("count");
            transaction.Commit();
        }

        connection.SetJobParameter(job, "p", "before");
        connection.SetJobParameter(job, "p", "after");
        connection.SetRangeInHash("hash", new Dictionary<string, string> { ["two"] = "zwei" });

        connection.GetAllItemsFromSet("set").ShouldBe(["a", "b"], ignoreOrder: true);
        connection.GetFirstByLowestScoreFromSet("set", 0, 9).ShouldBe("a");
        connection.GetFirstByLowestScoreFromSet("set", 0, 9, 5).ShouldBe(["a", "b"]);
        if (store.Storage.HasFeature(JobStorageFeatures.Connection.LimitedGetSetCount))
            connection.GetSetCount(["set", "none"], 1).ShouldBe(1);
        if (store.Storage.HasFeature(JobStorageFeatures.Connection.GetSetContains))
            connection.GetSetContains("set", "gone").ShouldBeFalse();
        connection.GetAllEntriesFromHash("hash")
            .ShouldBe(new Dictionary<string, string> { ["one"] = "1", ["two"] = "zwei" }, ignoreOrder: true);
        connection.GetAllItemsFromList("list").ShouldBe(["y"]);
        connection.GetCounter("count").ShouldBe(1);
        connection.GetJobParameter(job, "p").ShouldBe("after");
        connection.GetJobParameter(job, "none").ShouldBeNull();
        connection.GetJobData("0").ShouldBeNull();
    }
}
