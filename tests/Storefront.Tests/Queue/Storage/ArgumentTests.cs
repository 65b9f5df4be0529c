using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;

namespace Storefront.Tests.Queue.Storage;

/// <summary>Invalid arguments are refused before the database is called, as Hangfire's own storages do.</summary>
public sealed class ArgumentTests : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly Job SomeJob = Job.FromExpression(() => Probe.Run(""));
    private static readonly DateTime Then = DateTime.UnixEpoch;

    private JobStore store = null!;

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public void A_connection_refuses_null()
    {
        using var connection = (JobStorageConnection)store.Storage.GetConnection();
        Dictionary<string, string> none = [];
        RefusesNull(
            ("job", () => connection.CreateExpiredJob(null!, none, Then, Day)),
            ("parameters", () => connection.CreateExpiredJob(SomeJob, null!, Then, Day)),
            ("jobId", () => connection.GetJobData(null!)), ("jobId", () => connection.GetStateData(null!)),
            ("id", () => connection.SetJobParameter(null!, "name", "value")),
            ("name", () => connection.SetJobParameter("1", null!, "value")),
            ("id", () => connection.GetJobParameter(null!, "name")), ("name", () => connection.GetJobParameter("1", null!)),
            ("key", () => connection.SetRangeInHash(null!, none)), ("keyValuePairs", () => connection.SetRangeInHash("key", null!)),
            ("key", () => connection.GetSetContains(null!, "value")), ("value", () => connection.GetSetContains("key", null!)),
            ("keys", () => connection.GetSetCount(null!, 1)), ("resource", () => connection.AcquireDistributedLock(null!, Day)),
            ("queues", () => connection.FetchNextJob(null!, default)), ("key", () => connection.GetAllEntriesFromHash(null!)));

        Should.Throw<ArgumentOutOfRangeException>(() => connection.GetSetCount(["key"], -1)).ParamName.ShouldBe("limit");
        Should.Throw<ArgumentException>(() => connection.FetchNextJob([], default)).ParamName.ShouldBe("queues");
        Should.Throw<ArgumentException>(() => connection.GetFirstByLowestScoreFromSet("key", 0, -1));
        Should.Throw<ArgumentException>(() => connection.GetFirstByLowestScoreFromSet("key", 0, 1, 0));
    }

    [Fact]
    public void A_transaction_refuses_null()
    {
        using var connection = store.Storage.GetConnection();
        using var write = (JobStorageTransaction)connection.CreateWriteTransaction();
        RefusesNull(
            ("jobId", () => write.ExpireJob(null!, Day)), ("jobId", () => write.PersistJob(null!)),
            ("jobId", () => write.SetJobState(null!, new EnqueuedState())), ("state", () => write.SetJobState("1", null!)),
            ("jobId", () => write.AddJobState(null!, new EnqueuedState())), ("state", () => write.AddJobState("1", null!)),
            ("queue", () => write.AddToQueue(null!, "1")), ("jobId", () => write.AddToQueue("queue", null!)),
            ("key", () => write.IncrementCounter(null!)), ("key", () => write.IncrementCounter(null!, Day)),
            ("key", () => write.DecrementCounter(null!)), ("key", () => write.DecrementCounter(null!, Day)),
            ("key", () => write.AddToSet(null!, "value")), ("value", () => write.AddToSet("key", null!)),
            ("key", () => write.RemoveFromSet(null!, "value")), ("value", () => write.RemoveFromSet("key", null!)),
            ("key", () => write.AddRangeToSet(null!, [])), ("items", () => write.AddRangeToSet("key", null!)),
            ("key", () => write.RemoveSet(null!)), ("key", () => write.RemoveHash(null!)),
            ("key", () => write.InsertToList(null!, "value")), ("value", () => write.InsertToList("key", null!)),
            ("key", () => write.RemoveFromList(null!, "value")), ("value", () => write.RemoveFromList("key", null!)),
            ("key", () => write.TrimList(null!, 0, 1)),
            ("key", () => write.SetRangeInHash(null!, [])), ("keyValuePairs", () => write.SetRangeInHash("key", null!)),
            ("key", () => write.ExpireSet(null!, Day)), ("key", () => write.ExpireList(null!, Day)),
            ("key", () => write.ExpireHash(null!, Day)),
            ("key", () => write.PersistSet(null!)), ("key", () => write.PersistList(null!)), ("key", () => write.PersistHash(null!)),
            ("resource", () => write.AcquireDistributedLock(null!, Day)), ("fetchedJob", () => write.RemoveFromQueue(null!)),
            ("jobId", () => write.SetJobParameter(null!, "name", "value")), ("name", () => write.SetJobParameter("1", null!, "value")),
            ("job", () => write.CreateJob(null!, new Dictionary<string, string>(), Then, Day)),
            ("parameters", () => write.CreateJob(SomeJob, null!, Then, Day)));
    }

    [Fact]
    public void The_monitor_refuses_null_and_finds_no_job_by_an_invalid_id()
    {
        var monitor = store.Storage.GetMonitoringApi();
        RefusesNull(
            ("jobId", () => monitor.JobDetails(null!)), ("queue", () => monitor.EnqueuedJobs(null!, 0, 1)),
            ("queue", () => monitor.FetchedJobs(null!, 0, 1)),
            ("queue", () => monitor.EnqueuedCount(null!)), ("queue", () => monitor.FetchedCount(null!)));

        monitor.JobDetails("no-number").ShouldBeNull();
    }

    private static void RefusesNull(params (string Argument, Action Call)[] calls)
    {
        foreach (var (argument, call) in calls) Should.Throw<ArgumentNullException>(call, argument).ParamName.ShouldBe(argument);
    }
}
