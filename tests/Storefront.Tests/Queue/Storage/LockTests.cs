using Hangfire;
using Hangfire.States;
using Hangfire.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Storefront.Jobs.Queue.Storage;
using Storefront.Tests.Support;

namespace Storefront.Tests.Queue.Storage;

/// <summary>A lock has at most one holder at a time. If two believe that they hold it, only one of them can write.</summary>
public sealed class LockTests : IAsyncLifetime
{
    private const string Poller = "locks:schedulepoller";

    private readonly string name = Guid.NewGuid().ToString("n");
    private JobStore store = null!;

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_lock_holder_that_disappears_delays_due_jobs_no_longer_than_its_lease()
    {
        LeaseLocks.DefaultLease.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(30));
        await using var wire = new LossyWire(store.Address);
        var vanished = store.FastProcess(over: wire.Database, lockLease: TimeSpan.FromSeconds(3)).GetConnection();
        vanished.AcquireDistributedLock(Poller, TimeSpan.Zero);
        wire.FallSilent();

        var job = (await store.EnqueueAsync(Probe.Job(name) with { RunAt = DateTimeOffset.UnixEpoch.AddDays(1) }))[0].ToString();
        store.Serve();

        await store.UntilStateAsync(job, "Succeeded");
    }

    [Fact]
    public void A_lock_stays_with_its_holder_while_the_holder_lives()
    {
        var lease = TimeSpan.FromSeconds(2);
        using var holder = store.FastProcess(lockLease: lease).GetConnection();
        using var other = store.FastProcess(lockLease: lease).GetConnection();
        holder.AcquireDistributedLock("one", TimeSpan.Zero);

        Should.Throw<DistributedLockTimeoutException>(() => other.AcquireDistributedLock("one", 2 * lease));
    }

    [Fact]
    public async Task A_lock_occupies_no_database_connection()
    {
        await using var single = NpgsqlDataSource.Create(store.Address + ";Maximum Pool Size=1");
        using var connection = store.FastProcess(over: single).GetConnection();

        using (connection.AcquireDistributedLock("one", TimeSpan.Zero))
            await single.CreateCommand("select 1").ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Changes_made_under_an_expired_lock_are_not_written()
    {
        using var late = store.Process().GetConnection();
        using var next = store.Process().GetConnection();
        using var held = late.AcquireDistributedLock("counting", TimeSpan.Zero);
        await RunOutAsync();
        using var taken = next.AcquireDistributedLock("counting", TimeSpan.Zero);

        Should.Throw<LockLostException>(() => Count(late));
        Count(next);

        ((JobStorageConnection)next).GetCounter("count").ShouldBe(1);

        static void Count(IStorageConnection connection)
        {
            using var transaction = connection.CreateWriteTransaction();
            transaction.IncrementCounter("count");
            transaction.Commit();
        }
    }

    [Fact]
    public async Task A_late_release_by_a_former_holder_does_not_release_the_next_holders_lock()
    {
        using var late = store.Process().GetConnection();
        using var next = store.Process().GetConnection();
        using var third = store.Process().GetConnection();
        var held = late.AcquireDistributedLock("one", TimeSpan.Zero);
        await RunOutAsync();
        using var taken = next.AcquireDistributedLock("one", TimeSpan.Zero);
        held.Dispose();

        Should.Throw<DistributedLockTimeoutException>(() => third.AcquireDistributedLock("one", TimeSpan.Zero));
    }

    [Fact]
    public async Task A_lock_that_an_older_version_holds_is_not_taken()
    {
        await using var older = await store.Postgres.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var take = new NpgsqlCommand($"select pg_advisory_lock(hashtextextended('hangfire:{Poller}', 0))", older);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        using var connection = store.Storage.GetConnection();

        Should.Throw<DistributedLockTimeoutException>(() => connection.AcquireDistributedLock(Poller, TimeSpan.Zero));
    }

    [Fact]
    public async Task Two_nodes_that_enqueue_due_jobs_at_once_enqueue_each_job_once()
    {
        const int Jobs = 50;
        await store.EnqueueAsync([.. Enumerable.Repeat(Probe.Job(name) with { RunAt = DateTimeOffset.UnixEpoch.AddDays(1) }, Jobs)]);
        using var one = (JobStorageConnection)store.Storage.GetConnection();
        using var other = (JobStorageConnection)store.Process().GetConnection();

        var (seen, alsoSeen) = (Due(one), Due(other));
        seen.Count.ShouldBe(Jobs);
        Move(one, seen);
        Move(other, alsoSeen);

        (await store.ReadAsync<long>("select count(*) from hangfire.jobqueue")).ShouldBe([Jobs]);
        store.Serve();
        await store.UntilQueuesAreEmptyAsync();
        Probe.Named(name).Runs.ShouldBe(Jobs);

        static List<string> Due(JobStorageConnection connection) =>
            connection.GetFirstByLowestScoreFromSet("schedule", 0, double.MaxValue, 1000);

        static void Move(JobStorageConnection connection, List<string> due)
        {
            using var transaction = connection.CreateWriteTransaction();
            foreach (var entry in due)
            {
                transaction.RemoveFromSet("schedule", entry);
                transaction.AddToQueue(entry.Split(':')[0], entry.Split(':')[1]);
            }

            transaction.Commit();
        }
    }

    [Fact]
    public async Task Two_people_who_requeue_a_failed_job_at_once_enqueue_it_once()
    {
        var job = store.Client.Create(() => Probe.Run(name), new FailedState(new InvalidOperationException()));
        using var one = store.Storage.GetConnection();
        using var other = store.Process().GetConnection();
        one.GetJobData(job).State.ShouldBe("Failed");
        other.GetJobData(job).State.ShouldBe("Failed");

        Requeue(one);
        Should.Throw<StaleJobException>(() => Requeue(other));

        (await store.ReadAsync<long>("select count(*) from hangfire.jobqueue")).ShouldBe([1]);

        void Requeue(IStorageConnection connection)
        {
            using var transaction = connection.CreateWriteTransaction();
            transaction.SetJobState(job, new EnqueuedState());
            transaction.AddToQueue("default", job);
            transaction.Commit();
        }
    }

    [Theory]
    [InlineData("it is scheduled", "select 1")]
    [InlineData("it was queued meanwhile", """
        with moved as (delete from hangfire.set where key = 'schedule' returning value)
        insert into hangfire.jobqueue (jobid, queue) select split_part(value, ':', 2)::bigint, split_part(value, ':', 1) from moved
        """)]
    [InlineData("it was lost", "delete from hangfire.set where key = 'schedule'")]
    public async Task A_scheduled_job_that_a_person_enqueues_by_hand_is_in_the_queue_once(string because, string before)
    {
        var job = (await store.EnqueueAsync(Probe.Job(name) with { RunAt = DateTimeOffset.MaxValue }))[0].ToString();
        await store.RunAsync(before);

        store.Client.ChangeState(job, new EnqueuedState("default"), ScheduledState.StateName).ShouldBeTrue(because);

        (await store.ReadAsync<long>("select count(*) from hangfire.jobqueue")).ShouldBe([1], because);
    }

    [Fact]
    public void A_lock_taken_on_one_node_cannot_be_taken_on_another()
    {
        using var here = new LeaseLocks(store.Postgres, NullLogger<LeaseLocks>.Instance);
        using var there = new LeaseLocks(store.Postgres, NullLogger<LeaseLocks>.Instance);
        using (var alone = here.TryTake("round"))
        {
            alone.ShouldNotBeNull();
            there.TryTake("round").ShouldBeNull();
        }

        there.TryTake("round").ShouldNotBeNull();
    }

    [Fact]
    public async Task Connections_that_lose_their_session_state_are_detected()
    {
        (await SessionCheck.IsKeptAsync(store.Postgres, TestContext.Current.CancellationToken)).ShouldBeTrue();
        await using var shared = NpgsqlDataSource.Create(store.Address + ";Multiplexing=true;Maximum Pool Size=1");
        (await SessionCheck.IsKeptAsync(shared, TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    private Task RunOutAsync() => store.RunAsync("update hangfire.storefront_lock set until = now() - interval '1 second'");
}
