using Hangfire.States;
using Storefront.Jobs.Queue.Storage;
using Storefront.Tests.Support;

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

    [Fact]
    public async Task A_write_whose_connection_is_lost_does_not_take_another_processes_row_for_its_own()
    {
        var first = store.Client.Create(Hangfire.Common.Job.FromExpression(() => Probe.Run(name)), new EnqueuedState());
        await OthersTakeStatesAsync(5_000, job: long.Parse(first));
        await store.RunAsync("""
            create sequence tried;
            create function lose() returns trigger language plpgsql as $$
                begin
                    if nextval('tried') = 1 then perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(10); end if;
                    return new;
                end $$;
            create trigger lose before insert on hangfire.state for each row execute function lose()
            """);

        var id = store.Client.Create(Hangfire.Common.Job.FromExpression(() => Probe.Run(name)), new EnqueuedState());

        (await store.HistoryAsync(id)).ShouldBe(["Enqueued"]);
        (await store.ReadAsync<long>("select jobid from hangfire.jobqueue order by id desc limit 1")).ShouldBe([long.Parse(id)]);
    }

    [Fact]
    public async Task A_start_whose_id_is_in_use_is_written_with_another_id_and_the_job_runs_once()
    {
        var job = (await store.EnqueueAsync(Probe.Job(name)))[0];
        store.Client.Create(Hangfire.Common.Job.FromExpression(() => Probe.Run(name)), new EnqueuedState()); // draws ids of states
        await OthersTakeAsync(5_000);

        store.Serve(workers: 1);

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", 2);
        (await store.HistoryAsync($"{job}")).ShouldBe(["Enqueued", "Processing", "Succeeded"]);
        Probe.Named(name).Runs.ShouldBe(2);
    }

    [Fact]
    public async Task A_process_whose_fetcher_lost_its_connection_draws_new_ids()
    {
        await using var wire = new LossyWire(store.Address);
        var process = store.FastProcess(over: wire.Database);
        process.Ids.Jobs.Next();
        await OthersTakeAsync(5_000);
        const string fetch = "with candidate as";
        wire.Lose(Lost.Answer, fetch, meanwhile: () =>
        {
            wire.Lose(Lost.Answer, fetch);
            return Task.CompletedTask;
        });

        store.Serve(by: process);

        // By its second try the fetcher has dealt with the first loss.
        await Eventually.Async(() => Task.FromResult(wire.Breaks), breaks => breaks == 2, "the fetcher has connected again");
        process.Ids.Jobs.Next().ShouldBeGreaterThan(5_000);
    }

    // Nodes that survive a failover use ids that they drew before it, so rows have ids that the sequence has not given yet.
    private async Task OthersTakeAsync(int upTo)
    {
        await store.RunAsync($"""
            insert into hangfire.job (id, invocationdata, arguments, createdat)
            select id, jsonb_build_object(), jsonb_build_array(), now()
            from generate_series((select coalesce(max(id), 0) from hangfire.job) + 1, {upTo}) as id
            """);
        await OthersTakeStatesAsync(upTo, job: upTo);
    }

    private Task OthersTakeStatesAsync(int upTo, long job) => store.RunAsync($"""
        insert into hangfire.state (id, jobid, name, createdat)
        select id, {job}, 'Enqueued', now() from generate_series((select coalesce(max(id), 0) from hangfire.state) + 1, {upTo}) as id
        """);
}
