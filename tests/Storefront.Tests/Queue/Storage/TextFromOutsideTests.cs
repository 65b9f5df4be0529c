using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Storefront.Jobs.Queue;

namespace Storefront.Tests.Queue.Storage;

/// <summary>
/// Text that Postgres cannot store, wherever a job has text. It is made storable, the job ends as usual, and no other job is affected.
/// </summary>
public sealed class TextFromOutsideTests : IAsyncLifetime
{
    private readonly string name = Guid.NewGuid().ToString("n");
    private JobStore store = null!;

    public static TheoryData<string, string> Texts => new()
    {
        { "a\ud800b", "a\uFFFDb" }, { "\udc00", "\uFFFD" }, { "a\0b", "a\uFFFDb" }, { "\\u0000", "\\u0000" },
        { "\\\\u0000 \\ud800", "\\\\u0000 \\ud800" }, { "😀 \"\\", "😀 \"\\" },
    };

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Unstorable_text_in_an_argument_is_replaced_and_reaches_the_job(string text, string storable)
    {
        store.Serve();
        var created = store.Client.Create(Job.FromExpression(() => Probe.RunWith(name, text)), new EnqueuedState());
        var inserted = (await store.EnqueueAsync(new NewJob(Job.FromExpression(() => Probe.RunWith(name, text)), "default")))[0].ToString();

        await store.UntilStateAsync(created, "Succeeded");
        await store.UntilStateAsync(inserted, "Succeeded");

        // An argument is JSON inside JSON, so a NUL in it is six storable characters.
        Probe.Named(name).Texts.ShouldAllBe(seen => seen == (text.Contains('\0') ? text : storable));
        store.Storage.GetMonitoringApi().JobDetails(created).Job.Args[1].ShouldBe(text.Contains('\0') ? text : storable);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Unstorable_text_in_an_exception_is_replaced_on_the_page_of_failed_jobs(string text, string storable)
    {
        store.Serve();
        var job = store.Client.Create(Job.FromExpression(() => Probe.Throw(text)), new EnqueuedState());

        await store.UntilStateAsync(job, "Failed");

        var failed = store.Storage.GetMonitoringApi().FailedJobs(0, 10).Single();
        failed.Value.ExceptionMessage.ShouldBe(storable);
        store.Storage.GetMonitoringApi().JobDetails(job).History[0].Data["ExceptionMessage"].ShouldBe(storable);
        await AnotherJobRunsAsync();
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Unstorable_text_in_a_parameter_or_a_reason_is_replaced_and_read_back(string text, string storable)
    {
        store.Serve();
        var job = store.Client.Create(Job.FromExpression(() => Probe.Run(name)), new ScheduledState(TimeSpan.FromDays(1)));
        using var connection = store.Storage.GetConnection();

        connection.SetJobParameter(job, "name " + text, text);
        store.Change(connection, job, new DeletedState { Reason = text }, ScheduledState.StateName).ShouldNotBeNull();

        connection.GetJobParameter(job, "name " + text).ShouldBe(storable);
        connection.GetJobData(job).ParametersSnapshot["name " + storable].ShouldBe(storable);
        connection.GetStateData(job).Reason.ShouldBe(storable);
        store.Storage.GetMonitoringApi().JobDetails(job).History[0].Reason.ShouldBe(storable);
        await AnotherJobRunsAsync();
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Unstorable_text_in_a_name_finds_the_same_set_hash_list_counter_or_queue(string text, string storable)
    {
        var key = "key " + text;
        using var connection = (JobStorageConnection)store.Storage.GetConnection();
        using (var transaction = (JobStorageTransaction)connection.CreateWriteTransaction())
        {
            transaction.IncrementCounter(key);
            transaction.AddToSet(key, text);
            transaction.SetRangeInHash(key, [new(text, text)]);
            transaction.InsertToList(key, text);
            transaction.AddToQueue(key, store.Client.Create(Job.FromExpression(() => Probe.Run(name)), new EnqueuedState("other")));
            transaction.Commit();
        }

        connection.GetCounter(key).ShouldBe(1);
        connection.GetAllItemsFromSet(key).ShouldBe([storable]);
        connection.GetSetContains(key, text).ShouldBeTrue();
        connection.GetSetCount(key).ShouldBe(1);
        connection.GetValueFromHash(key, text).ShouldBe(storable);
        connection.GetAllEntriesFromHash(key)!.ShouldHaveSingleItem().ShouldBe(new(storable, storable));
        connection.GetAllItemsFromList(key).ShouldBe([storable]);
        store.Storage.GetMonitoringApi().EnqueuedCount(key).ShouldBe(1);
    }

    private async Task AnotherJobRunsAsync() =>
        await store.UntilStateAsync(store.Client.Create(Job.FromExpression(() => Probe.Run(name)), new EnqueuedState()), "Succeeded");
}
