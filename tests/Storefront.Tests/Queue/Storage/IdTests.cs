using Hangfire.States;
using Storefront.Jobs.Queue.Storage;

namespace Storefront.Tests.Queue.Storage;

/// <summary>A standby promoted without the last of the log, or a restored backup, continues its sequences from older ids.</summary>
public sealed class IdTests : IAsyncLifetime
{
    private readonly string name = Guid.NewGuid().ToString("n");
    private JobStore store = null!;

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task Ids_in_use_are_skipped_when_the_sequence_is_behind()
    {
        await OthersTakeAsync(5_000);
        var ids = new JobIds(store.Postgres);

        ids.Jobs.Next().ShouldBeGreaterThan(5_000);
        ids.States.Next().ShouldBeGreaterThan(5_000);
    }

    [Fact]
    public async Task Jobs_whose_ids_are_already_in_use_are_written_with_other_ids()
    {
        await store.EnqueueAsync(Probe.Job(name));
        await OthersTakeAsync(5_000);

        var again = await store.Jobs.WithFreeIdsAsync(() => store.EnqueueAsync(Probe.Job(name), Probe.Job(name)));

        again.ShouldAllBe(id => id > 5_000);
        (await store.ReadAsync<long>("select count(*) from hangfire.jobqueue")).ShouldBe([3]);
    }

    [Fact]
    public async Task A_job_of_Hangfires_client_whose_id_is_in_use_is_written_with_another_id()
    {
        store.Client.Create(Hangfire.Common.Job.FromExpression(() => Probe.Run(name)), new EnqueuedState());
        await OthersTakeAsync(5_000);

        using var connection = store.Storage.GetConnection();
        var id = connection.CreateExpiredJob(
            Hangfire.Common.Job.FromExpression(() => Probe.Run(name)), new Dictionary<string, string>(),
            TimeProvider.System.GetUtcNow().UtcDateTime, TimeSpan.FromDays(1));

        long.Parse(id).ShouldBeGreaterThan(5_000);
    }

    [Fact]
    public async Task Ids_drawn_before_a_connection_was_lost_are_not_used()
    {
        var ids = new JobIds(store.Postgres);
        ids.Jobs.Next();
        await OthersTakeAsync(5_000);
        ids.DrawAnew();

        ids.Jobs.Next().ShouldBeGreaterThan(5_000);
    }

    // Nodes that survive a failover use ids that they drew before it, so rows have ids that the sequence has not given yet.
    private Task OthersTakeAsync(int upTo) => store.RunAsync($"""
        insert into hangfire.job (id, invocationdata, arguments, createdat)
        select id, jsonb_build_object(), jsonb_build_array(), now()
        from generate_series((select coalesce(max(id), 0) from hangfire.job) + 1, {upTo}) as id;
        insert into hangfire.state (id, jobid, name, createdat)
        select id, {upTo}, 'Enqueued', now() from generate_series((select coalesce(max(id), 0) from hangfire.state) + 1, {upTo}) as id;
        """);
}
