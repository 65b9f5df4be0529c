using Hangfire.States;
using Hangfire.Storage;
using Npgsql;

namespace Storefront.Tests.Queue.Storage;

/// <summary>Transactions of many workers share a commit, without any effect on each other.</summary>
public sealed class WriterTests : IAsyncLifetime
{
    private readonly string name = Guid.NewGuid().ToString("n");
    private JobStore store = null!;

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_transaction_that_cannot_be_written_fails_alone()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Factory.StartNew(() =>
        {
            using var connection = store.Storage.GetConnection();
            using var transaction = connection.CreateWriteTransaction();
            transaction.AddToSet("good", $"{n}");
            if (n % 10 == 3) transaction.AddToSet("bad", TooLongForTheIndex());
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
        store.Serve(workers: 1); // The server adds the counters up.
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
    public async Task No_job_is_lost_when_all_connections_are_lost()
    {
        const int Jobs = 300;
        var jobs = new Storefront.Jobs.Queue.NewJob(Hangfire.Common.Job.FromExpression(() => Probe.RunBrieflyAsync(name)), "default");
        await store.EnqueueAsync([.. Enumerable.Repeat(jobs, Jobs)]);
        store.Serve(workers: 10);

        for (var round = 0; round < 5; round++)
        {
            var runs = Probe.Named(name).Runs;
            await Support.Eventually.Async(() => Task.FromResult(Probe.Named(name).Runs), now => now > runs + 20, "more jobs have run");
            await using var killer = new NpgsqlConnection(store.Address + ";Pooling=false");
            await killer.OpenAsync(TestContext.Current.CancellationToken);
            await using var kill =
                new NpgsqlCommand(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
                    killer);
            await kill.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await Support.Eventually.Async(SucceededAsync, found => found == Jobs, "every job has succeeded");
        using var reading = (JobStorageConnection)store.Storage.GetConnection();
        reading.GetCounter("stats:succeeded").ShouldBe(Jobs);
    }

    [Theory]
    [InlineData("53300")]
    [InlineData("53100")]
    [InlineData("25006")]
    [InlineData("57P03")]
    [InlineData("40001")]
    [InlineData("40P01")]
    public async Task A_transient_error_is_retried_and_the_write_happens_once(string state)
    {
        await store.RunAsync($"""
            create sequence tried;
            create function refuse() returns trigger language plpgsql as $$
                begin if nextval('tried') <= 7 then raise exception 'not now' using errcode = '{state}'; end if; return new; end $$;
            create trigger refuse before insert on hangfire.counter for each row execute function refuse()
            """);
        using var connection = store.Storage.GetConnection();
        using var transaction = connection.CreateWriteTransaction();
        transaction.IncrementCounter("once");

        transaction.Commit();

        (await store.ReadAsync<long>("select sum(value)::bigint from hangfire.counter where key = 'once'")).ShouldBe([1]);
    }

    [Theory]
    [InlineData("select from hangfire.job where id = any(array[{0}]) for update")]
    [InlineData("select from hangfire.jobqueue where jobid = any(array[{0}]) for update")]
    [InlineData("select from hangfire.jobparameter where jobid = any(array[{0}]) for update")]
    public async Task A_locked_row_delays_only_the_job_that_needs_it(string locking)
    {
        const int Others = 100;
        var waiting = new Storefront.Jobs.Queue.NewJob(Hangfire.Common.Job.FromExpression(() => Probe.RunUntilTold(name)), "default");
        var locked = await store.EnqueueAsync(waiting, waiting);
        store.ServeFiltered(new AtTheEnd((transaction, job) => transaction.SetJobParameter(job, "Ended", "true")), workers: 4);
        foreach (var _ in locked)
            (await Probe.Named(name).Begun.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).ShouldBeTrue();
        foreach (var job in locked)
        {
            await store.UntilStateAsync($"{job}", "Processing");
            await store.RunAsync($"insert into hangfire.jobparameter (jobid, name, value) values ({job}, 'Ended', 'false')");
        }

        await using var holder = await store.Postgres.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var hold = new NpgsqlCommand(string.Format(null, locking, string.Join(',', locked)), holder, transaction))
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Probe.Named(name).MayEnd.Release(locked.Count);

        var others = Guid.NewGuid().ToString("n");
        await store.EnqueueAsync([.. Enumerable.Repeat(Probe.Job(others), Others)]);
        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", Others);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", Others + locked.Count);
        await store.UntilQueuesAreEmptyAsync();
        Probe.Named(name).Runs.ShouldBe(locked.Count);
        Probe.Named(others).Runs.ShouldBe(Others);
    }

    [Fact]
    public async Task A_job_whose_end_can_never_be_written_fails_at_once_and_says_why()
    {
        var job = $"{(await store.EnqueueAsync(Probe.Job(name)))[0]}";
        store.ServeFiltered(new AtTheEnd((transaction, _) => transaction.AddToSet("bad", TooLongForTheIndex())), workers: 1);

        await store.UntilStateAsync(job, "Failed");

        (await store.ReadAsync<string>($"select reason from hangfire.state where jobid = {job} and name = 'Failed'")).Single()
            .ShouldStartWith("The step to Succeeded could not be written: 54000");
        (await store.HistoryAsync(job)).ShouldBe(["Enqueued", "Processing", "Failed"]);
        await store.UntilQueuesAreEmptyAsync();
        Probe.Named(name).Runs.ShouldBe(1);
    }

    private static string TooLongForTheIndex() => Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(20_000));

    private sealed class AtTheEnd(Action<JobStorageTransaction, string> write) : IApplyStateFilter
    {
        public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
        {
            if (context.NewState is SucceededState) write((JobStorageTransaction)transaction, context.BackgroundJob.Id);
        }

        public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
        {
        }
    }

    private async Task<long> SucceededAsync()
    {
        try
        {
            return (await store.ReadAsync<long>("select count(*) from hangfire.job where statename = 'Succeeded'")).Single();
        }
        catch (NpgsqlException)
        {
            return -1; // This connection was killed too.
        }
    }
}
