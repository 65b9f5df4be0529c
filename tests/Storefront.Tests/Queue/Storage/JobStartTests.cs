using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Storefront.Jobs.Queue;

namespace Storefront.Tests.Queue.Storage;

/// <summary>The step to Processing may be written together with the job's end. What a filter adds to it is written too.</summary>
public sealed class JobStartTests : IAsyncLifetime
{
    private const int Jobs = 50;

    private static readonly Dictionary<string, (Action<JobStorageTransaction, string> Write, string Count)> Kinds = new()
    {
        ["counter"] = ((transaction, _) => transaction.IncrementCounter("started"),
            "select coalesce(sum(value), 0)::bigint from hangfire.counter where key = 'started'"),
        ["parameter"] = ((transaction, job) => transaction.SetJobParameter(job, "Started", "yes"),
            "select count(*) from hangfire.jobparameter where name = 'Started' and value = 'yes'"),
        ["set"] = ((transaction, job) => transaction.AddToSet("started", job),
            "select count(*) from hangfire.set where key = 'started'"),
        ["range"] = ((transaction, job) => transaction.AddRangeToSet("started", [job, job + "b"]),
            "select count(*) / 2 from hangfire.set where key = 'started'"),
        ["hash"] = ((transaction, job) => transaction.SetRangeInHash("started", [new(job, "yes")]),
            "select count(*) from hangfire.hash where key = 'started'"),
        ["list"] = ((transaction, job) => transaction.InsertToList("started", job),
            "select count(*) from hangfire.list where key = 'started'"),
        ["queued"] = ((transaction, job) => transaction.AddToQueue("elsewhere", job),
            "select count(*) from hangfire.jobqueue where queue = 'elsewhere'"),
        ["created"] = (
            (transaction, _) => transaction.CreateJob(
                Job.FromExpression(() => Probe.Run("created")), new Dictionary<string, string?>(),
                DateTime.UnixEpoch, TimeSpan.FromDays(1)),
            "select count(*) from hangfire.job where createdat < '1971-01-01'"),
        ["history"] = ((transaction, job) => transaction.AddJobState(job, new DeletedState { Reason = "beside" }),
            "select count(*) from hangfire.state where reason = 'beside'"),
    };

    public static TheoryData<string> Names => [.. Kinds.Keys];

    private readonly string name = Guid.NewGuid().ToString("n");
    private JobStore store = null!;

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_a_filter_writes_at_the_start_of_a_job_is_written_once(string kind)
    {
        var (write, count) = Kinds[kind];
        await store.EnqueueAsync([.. Enumerable.Repeat(Probe.Job(name), Jobs)]);
        store.ServeFiltered(new AtTheStart((transaction, job) => write((JobStorageTransaction)transaction, job)));

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", Jobs);

        (await store.ReadAsync<long>(count)).ShouldBe([Jobs]);
    }

    [Fact]
    public async Task A_start_that_takes_a_lock_is_written_while_the_lock_is_held()
    {
        var job = $"{(await store.EnqueueAsync(new NewJob(Job.FromExpression(() => Probe.RunUntilTold(name)), "default")))[0]}";
        store.ServeFiltered(new AtTheStart((transaction, _) =>
            ((JobStorageTransaction)transaction).AcquireDistributedLock("one at a time", TimeSpan.FromSeconds(60))));

        await store.UntilStateAsync(job, "Processing");

        Probe.Named(name).MayEnd.Release();
        await store.UntilStateAsync(job, "Succeeded");
    }

    private sealed class AtTheStart(Action<IWriteOnlyTransaction, string> write) : IApplyStateFilter
    {
        public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
        {
            if (context.NewState is ProcessingState) write(transaction, context.BackgroundJob.Id);
        }

        public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
        {
        }
    }
}
