using Hangfire.Storage;
using Npgsql;
using Storefront.Jobs.Hosting;

namespace Storefront.Tests.Storage;

/// <summary>Many workers' transactions share a commit; none of them may notice.</summary>
public sealed class WriterTests : IAsyncLifetime
{
    private readonly string name = Guid.NewGuid().ToString("n");
    private JobStore store = null!;

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task One_transaction_that_cannot_be_written_fails_alone()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Factory.StartNew(() =>
        {
            using var connection = store.Storage.GetConnection();
            using var transaction = connection.CreateWriteTransaction();
            transaction.AddToSet("good", $"{n}");
            if (n % 10 == 3) transaction.AddToSet("bad", null!);
            try
            {
                transaction.Commit();
                return true;
            }
            catch (PostgresException)
            {
                return false;
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        outcomes.Count(ok => ok).ShouldBe(36);
        (await store.ReadAsync<string>("select value from hangfire.set where key = 'good'")).Order().ShouldBe(
            Enumerable.Range(0, 40).Where(n => n % 10 != 3).Select(n => $"{n}").Order());
    }

    [Fact]
    public async Task Counters_are_exact_while_they_are_added_up()
    {
        store.Serve(workers: 1); // adds up
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
        {
            using var connection = store.Storage.GetConnection();
            for (var i = 0; i < 50; i++)
            {
                using var transaction = connection.CreateWriteTransaction();
                transaction.IncrementCounter("sum");
                transaction.IncrementCounter("sum");
                transaction.DecrementCounter("sum");
                transaction.Commit();
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        using var reading = (JobStorageConnection)store.Storage.GetConnection();
        reading.GetCounter("sum").ShouldBe(400);
    }

    [Fact]
    public async Task Jobs_survive_the_loss_of_every_connection_and_none_is_lost()
    {
        const int Jobs = 300;
        var jobs = new Storefront.Jobs.Storage.NewJob(Hangfire.Common.Job.FromExpression(() => Probe.RunBrieflyAsync(name)), "default");
        await store.EnqueueAsync([.. Enumerable.Repeat(jobs, Jobs)]);
        store.Serve(workers: 10);

        for (var round = 0; round < 5; round++)
        {
            var runs = Probe.Named(name).Runs;
            await Support.Eventually.Async(() => Task.FromResult(Probe.Named(name).Runs), now => now > runs + 20, "more jobs have run");
            await using var killer = new NpgsqlConnection(store.Address + ";Pooling=false");
            await killer.OpenAsync(TestContext.Current.CancellationToken);
            await using var kill = new NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", killer);
            await kill.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await Support.Eventually.Async(SucceededAsync, found => found == Jobs, "every job has succeeded");
        using var reading = (JobStorageConnection)store.Storage.GetConnection();
        reading.GetCounter("stats:succeeded").ShouldBe(Jobs);
    }

    [Fact]
    public async Task A_lock_is_free_when_its_holders_session_dies()
    {
        using var holder = store.Storage.GetConnection();
        using var other = store.Process().GetConnection();
        holder.AcquireDistributedLock("held", TimeSpan.Zero);
        Should.Throw<DistributedLockTimeoutException>(() => other.AcquireDistributedLock("held", TimeSpan.Zero));

        await store.RunAsync("""
            select pg_terminate_backend(pid) from pg_locks
            where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
            """);

        other.AcquireDistributedLock("held", TimeSpan.FromSeconds(30)).Dispose();
    }

    private async Task<long> SucceededAsync()
    {
        try
        {
            return (await store.ReadAsync<long>("select count(*) from hangfire.job where statename = 'Succeeded'")).Single();
        }
        catch (NpgsqlException)
        {
            return -1; // this connection was killed as well
        }
    }
}
