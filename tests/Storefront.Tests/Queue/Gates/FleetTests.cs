using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Queue.Storage;
using Storefront.Tests.Queue.Storage;
using Storefront.Tests.Support;

namespace Storefront.Tests.Queue.Gates;

/// <summary>What several processes make of one partner: they share rows in Postgres.</summary>
public sealed class FleetTests : IAsyncLifetime
{
    private static readonly CallOutcome Answered = new CallOutcome.Answered();
    private static readonly CallOutcome Failed = new CallOutcome.Failed("Email does not answer.");

    private readonly string name = Guid.NewGuid().ToString();
    private readonly List<PartnerGates> started = [];
    private JobStore store = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => store = await JobStore.CreateAsync(JobStorageKind.Fast);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in started)
        {
            await process.StopAsync(CancellationToken.None);
            process.Dispose();
        }

        await store.DisposeAsync();
    }

    [Fact]
    public async Task A_gate_that_one_process_closes_is_closed_for_all_and_says_why()
    {
        var (here, there) = (await StartAsync(), await StartAsync());
        Close(here);

        await Eventually.Async(() => Task.FromResult(there.IsOpen("Email")), open => !open, "the other process knows");
        var row = await Eventually.Async(
            () => Task.FromResult(there.RowOf("Email")?.Gate), row => row is not null, "it has the row");
        row!.Position.ShouldBe(GateState.Closed);
        row.Reason.ShouldBe("Email does not answer.");
    }

    [Fact]
    public async Task While_a_gate_is_closed_jobs_stay_in_their_queue_and_nothing_is_written()
    {
        var gates = await StartAsync();
        Serve(gates);
        gates.Record("Email", new CallOutcome.AskedToWait(TimeSpan.FromMinutes(10), "429"));
        await store.EnqueueAsync([.. Enumerable.Range(0, 50).Select(_ => Probe.Job(name, "email"))]);
        await store.EnqueueAsync(Probe.Job(name, "critical"));

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", 1);
        (await store.ReadAsync<long>("select count(*) from hangfire.jobqueue where queue = 'email' and fetchedat is null")).ShouldBe([50]);
        (await store.ReadAsync<string>("""
            select distinct s.name from hangfire.state s join hangfire.jobqueue q on q.jobid = s.jobid where q.queue = 'email'
            """)).ShouldBe(["Enqueued"]);
    }

    [Fact]
    public async Task A_backlog_is_worked_off_without_a_pause_however_few_jobs_of_a_partner_may_run_at_once()
    {
        const int Jobs = 300;
        await store.EnqueueAsync([.. Enumerable.Range(0, Jobs).Select(n => Probe.Job(name, n % 2 == 0 ? "email" : "analytics"))]);

        // Whoever misses that a job may be taken again would see it only by looking again, which is too late here.
        store.Serve(workers: 10, store.FastProcess(admission: await StartAsync(), pollInterval: TimeSpan.FromMinutes(10)),
            "email", "analytics");

        await store.UntilAsync("select count(*) from hangfire.job where statename = 'Succeeded'", Jobs);
        Probe.Named(name).Runs.ShouldBe(Jobs);
    }

    [Fact]
    public async Task One_process_of_all_probes_at_a_time_and_where_it_succeeds_all_go_on()
    {
        var processes = new[] { await StartAsync(), await StartAsync(), await StartAsync() };
        Close(processes[0]);
        foreach (var process in processes)
            await Eventually.Async(() => Task.FromResult(process.IsOpen("Email")), open => !open, "the process knows");
        await store.EnqueueAsync(Probe.Job(name, "email"));

        var probing = await Eventually.Async(
            () => Task.FromResult(processes.Where(process => Permits(process) > 0).ToList()), found => found.Count > 0, "somebody probes");
        probing.Count.ShouldBe(1);
        Permits(probing[0]).ShouldBe(1);
        (await store.ReadAsync<string>($"select position from {GateTable.Gates}")).ShouldBe(["half-open"]);

        probing[0].Record("Email", Answered);
        foreach (var process in processes)
            await Eventually.Async(() => Task.FromResult(process.IsOpen("Email")), open => open, "the process goes on");
    }

    [Fact]
    public async Task Nobody_probes_where_no_job_waits()
    {
        var gates = await StartAsync();
        Close(gates);
        await store.UntilAsync($"select count(*) from {GateTable.Gates} where probe_at < now()", 1);

        await LooksAgainAsync(gates);

        (await store.ReadAsync<string>($"select position from {GateTable.Gates}")).ShouldBe(["closed"]);
    }

    [Fact]
    public async Task A_process_without_workers_leaves_the_probe_to_one_that_has_some()
    {
        var pages = await StartAsync(takesJobs: false);
        Close(pages);
        await store.EnqueueAsync(Probe.Job(name, "email"));
        await store.UntilAsync($"select count(*) from {GateTable.Gates} where probe_at < now()", 1);
        await pages.ProbeNowAsync("Email", Cancel);
        (await store.ReadAsync<string>($"select position from {GateTable.Gates}")).ShouldBe(["closed"]);

        var worker = await StartAsync();
        await Eventually.Async(() => Task.FromResult(Permits(worker)), permits => permits == 1, "the other process probes");
    }

    [Fact]
    public async Task An_answer_to_a_call_that_did_not_wait_for_the_gate_opens_it_once_its_break_is_over()
    {
        var gates = await StartAsync();
        gates.Record("Email", new CallOutcome.AskedToWait(TimeSpan.FromMinutes(10), "429"));
        await store.UntilAsync($"select count(*) from {GateTable.Gates}", 1);
        await LooksAgainAsync(gates);
        gates.Record("Email", new CallOutcome.Answered(IsUngated: true));
        await LooksAgainAsync(gates);
        gates.IsOpen("Email").ShouldBeFalse("its break is not over");

        await store.RunAsync($"update {GateTable.Gates} set probe_at = now()");
        await LooksAgainAsync(gates);
        gates.Record("Email", Answered);
        await LooksAgainAsync(gates);
        gates.IsOpen("Email").ShouldBeFalse("a job that was under way says nothing new");

        gates.Record("Email", new CallOutcome.Answered(IsUngated: true));
        await Eventually.Async(() => Task.FromResult(gates.IsOpen("Email")), open => open, "the gate is open");
        (await store.ReadAsync<string>($"select position from {GateTable.Gates}")).ShouldBe(["open"]);
    }

    [Fact]
    public async Task A_process_that_dies_while_it_probes_is_replaced_after_its_lease()
    {
        var (dead, alive) = (await StartAsync(), await StartAsync());
        Close(dead);
        await store.EnqueueAsync(Probe.Job(name, "email"));
        await Eventually.Async(
            () => Task.FromResult((Permits(dead), Permits(alive))), permits => permits is (1, 0) or (0, 1), "one of them probes");
        var (prober, other) = Permits(dead) == 1 ? (dead, alive) : (alive, dead);
        await prober.StopAsync(CancellationToken.None);
        Permits(other).ShouldBe(0);

        await store.RunAsync($"update {GateTable.Gates} set probe_until = now()");
        await Eventually.Async(() => Task.FromResult(Permits(other)), permits => permits == 1, "the other process probes");
    }

    [Fact]
    public async Task The_only_job_is_tried_again_after_the_process_that_tried_it_has_died()
    {
        var gates = await StartAsync();
        Close(gates);
        await store.EnqueueAsync(Probe.Job(name, "email"));
        await store.RunAsync("update hangfire.jobqueue set fetchedat = now() - interval '1 hour', updatecount = 1");

        await Eventually.Async(() => Task.FromResult(Permits(gates)), permits => permits == 1, "the process probes");
        var reader = new QueueReader(store.Postgres, store.FastProcess(admission: gates), ["email"], TimeSpan.FromMinutes(1));
        reader.TakeAbandoned(100).Count.ShouldBe(1);
        reader.Disconnect();
    }

    [Fact]
    public async Task What_a_dead_process_left_is_taken_at_once_although_one_partner_permits_little()
    {
        var gates = await StartAsync();
        Close(gates);
        await store.EnqueueAsync([.. Enumerable.Range(0, 30).Select(_ => Probe.Job(name, "critical"))]);
        await store.EnqueueAsync([.. Enumerable.Range(0, 5).Select(_ => Probe.Job(name, "email"))]);
        await store.RunAsync("update hangfire.jobqueue set fetchedat = now() - interval '1 hour', updatecount = 1");
        await Eventually.Async(() => Task.FromResult(Permits(gates)), permits => permits == 1, "the process probes");

        var reader = new QueueReader(store.Postgres, store.FastProcess(admission: gates), ["critical", "email"], TimeSpan.FromMinutes(1));
        var taken = reader.TakeAbandoned(100);
        reader.Disconnect();

        taken.CountBy(job => job.Queue).OrderBy(one => one.Key).ShouldBe([new("critical", 30), new("email", 1)]);
    }

    [Fact]
    public async Task A_job_that_is_tried_while_a_person_asks_for_a_try_makes_the_next_break_a_short_one()
    {
        var table = new GateTable(store.Postgres);
        await table.CloseAsync("Email", "down", null, Cancel);
        await store.RunAsync($"update {GateTable.Gates} set probe_at = now(), breaks = 9");
        await store.EnqueueAsync(Probe.Job(name, "email"));
        (await table.TryProbeAsync("Email", ["email"], Gate.ShortestLease, Cancel)).ShouldBeTrue();

        await table.ProbeNowAsync("Email", Cancel);

        (await table.CloseAsync("Email", "down", null, Cancel))!.ProbeIn.TotalSeconds.ShouldBeLessThan(1.3);
    }

    [Fact]
    public async Task A_gate_that_closes_again_soon_after_it_opened_goes_on_with_its_incident()
    {
        var table = new GateTable(store.Postgres);
        for (var n = 0; n < 3; n++)
        {
            await table.CloseAsync("Email", "down", null, Cancel);
            await table.OpenAsync("Email", ["email"], OpenedBy.Person, Cancel);
        }

        (await store.ReadAsync<long>($"select count(*) from {GateTable.Incidents}")).ShouldBe([1]);
        await store.RunAsync($"update {GateTable.Incidents} set ended_at = now() - interval '2 minutes'");
        await table.CloseAsync("Email", "down", null, Cancel);
        (await store.ReadAsync<long>($"select count(*) from {GateTable.Incidents}")).ShouldBe([2]);
    }

    [Fact]
    public async Task A_process_that_starts_while_a_gate_is_closed_knows_it_before_it_takes_a_job()
    {
        await new GateTable(store.Postgres).CloseAsync("Email", "down", TimeSpan.FromMinutes(10), Cancel);

        Permits(await StartAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Each_failed_probe_makes_the_break_longer_and_never_longer_than_a_minute()
    {
        var table = new GateTable(store.Postgres);
        await table.CloseAsync("Email", "down", null, Cancel);
        var breaks = new List<double>();
        for (var n = 0; n < 9; n++)
        {
            await store.RunAsync($"update {GateTable.Gates} set probe_at = now()");
            await store.EnqueueAsync(Probe.Job(name, "email"));
            (await table.TryProbeAsync("Email", ["email"], Gate.ShortestLease, Cancel)).ShouldBeTrue();
            (await table.CloseAsync("Email", "down", null, Cancel)).ShouldNotBeNull();
            breaks.AddRange(await store.ReadAsync<double>($"select extract(epoch from probe_at - now())::float8 from {GateTable.Gates}"));
        }

        breaks[0].ShouldBeInRange(1.4, 2.4);
        breaks[1].ShouldBeInRange(3, 4.8);
        breaks[8].ShouldBeInRange(47, 72);
    }

    [Fact]
    public async Task Many_processes_that_learn_of_one_outage_lengthen_its_break_once_and_a_longer_wait_of_the_partner_counts()
    {
        var (first, second) = (new GateTable(store.Postgres), new GateTable(store.Postgres));
        (await first.CloseAsync("Email", "down", null, Cancel)).ShouldNotBeNull();
        (await second.CloseAsync("Email", "down", null, Cancel)).ShouldBeNull();

        (await second.CloseAsync("Email", "429", TimeSpan.FromMinutes(5), Cancel))!.ProbeIn.TotalSeconds.ShouldBeInRange(290, 301);
        (await first.CloseAsync("Email", "429", TimeSpan.FromMinutes(1), Cancel)).ShouldBeNull();
        (await store.ReadAsync<int>($"select breaks from {GateTable.Gates}")).ShouldBe([1], "the next break is not longer for it");
    }

    [Fact]
    public async Task A_gate_whose_row_is_lost_stays_closed_and_its_row_is_written_again()
    {
        var gates = await StartAsync();
        Close(gates);
        await store.UntilAsync($"select count(*) from {GateTable.Gates}", 1);

        await store.RunAsync($"delete from {GateTable.Gates}");

        await store.UntilAsync($"select count(*) from {GateTable.Gates} where position = 'closed'", 1);
        gates.IsOpen("Email").ShouldBeFalse();
    }

    [Fact]
    public async Task An_incident_is_one_row_from_the_first_closing_to_the_opening_with_how_many_waited()
    {
        var table = new GateTable(store.Postgres);
        await table.CloseAsync("Email", "Email answers 503.", null, Cancel);
        await store.EnqueueAsync([.. Enumerable.Range(0, 7).Select(_ => Probe.Job(name, "email"))]);
        await store.RunAsync($"update {GateTable.Gates} set probe_at = now()");
        await table.TryProbeAsync("Email", ["email"], Gate.ShortestLease, Cancel);
        await table.CloseAsync("Email", "Email does not answer.", null, Cancel);
        (await OpenIncidentsAsync()).ShouldBe(1);

        await table.OpenAsync("Email", ["email"], OpenedBy.Person, Cancel);

        (await OpenIncidentsAsync()).ShouldBe(0);
        (await store.ReadAsync<string>($"select cause || ' ' || delayed from {GateTable.Incidents}")).ShouldBe(["Email answers 503. 7"]);

        async Task<long> OpenIncidentsAsync() =>
            (await store.ReadAsync<long>($"select count(*) from {GateTable.Incidents} where ended_at is null")).Single();
    }

    [Fact]
    public async Task Urgent_jobs_come_before_normal_ones_and_no_partner_takes_anothers_workers()
    {
        var gates = await StartAsync();
        var storage = store.FastProcess(admission: gates);
        await store.EnqueueAsync([.. Enumerable.Range(0, 20).Select(_ => Probe.Job(name, "email"))]);
        await store.EnqueueAsync(Probe.Job(name, "email-urgent"), Probe.Job(name, "analytics"));

        var reader = new QueueReader(store.Postgres, storage, ["email-urgent", "email", "analytics"], TimeSpan.FromMinutes(1));
        var taken = reader.TakeFresh(100);
        reader.Disconnect();

        taken.Select(job => job.Queue).ShouldBe(["email-urgent", "email", "email", "analytics"]);
    }

    [Fact]
    public async Task A_job_that_was_put_off_does_not_overtake_those_that_waited_meanwhile()
    {
        var storage = store.FastProcess(admission: await StartAsync());
        var jobs = await store.EnqueueAsync([.. Enumerable.Range(0, 3).Select(_ => Probe.Job(name, "email"))]);
        await store.RunAsync($"delete from hangfire.jobqueue where jobid = {jobs[0]}");
        await store.RunAsync($"insert into hangfire.jobqueue (jobid, queue) values ({jobs[0]}, 'email')");

        var reader = new QueueReader(store.Postgres, storage, ["email"], TimeSpan.FromMinutes(1));
        var taken = reader.TakeFresh(100);
        reader.Disconnect();

        taken.Select(job => job.Id).ShouldBe([jobs[1], jobs[2], jobs[0]]);
    }

    [Fact]
    public async Task What_waits_behind_a_closed_gate_is_not_read_to_find_the_jobs_of_another_partner()
    {
        var gates = await StartAsync();
        gates.Record("Email", new CallOutcome.AskedToWait(TimeSpan.FromMinutes(10), "429"));
        await store.RunAsync("insert into hangfire.jobqueue (jobid, queue) select n, 'email' from generate_series(1, 20000) n");
        await store.EnqueueAsync(Probe.Job(name, "analytics"));
        await store.RunAsync("analyze hangfire.jobqueue");
        var before = (await store.ReadAsync<long>(RowsRead)).Single();

        // Postgres counts what a session read when it ends.
        await using (var session = NpgsqlDataSource.Create(store.Address + ";Application Name=reader"))
        {
            var reader = new QueueReader(
                session, store.FastProcess(admission: gates), ["email", "analytics"], TimeSpan.FromMinutes(1));
            for (var n = 0; n < 10; n++) reader.TakeFresh(10).Count.ShouldBe(n == 0 ? 1 : 0);
            reader.Disconnect();
        }

        await store.UntilAsync("select count(*) from pg_stat_activity where application_name = 'reader'", 0);
        (await store.ReadAsync<long>(RowsRead)).Single().ShouldBeLessThan(before + 1000);
    }

    [Fact]
    public async Task What_a_partner_says_of_its_limit_to_one_process_becomes_the_pace_of_all()
    {
        var (here, there) = (await StartAsync(), await StartAsync());
        here.Record("Email", new Quota(10, 4, TimeSpan.FromSeconds(1)));

        await Eventually.Async(() => Task.FromResult(there.LimitOf("Email")), limit => limit == 10, "the other process knows");
        there.RowOf("Email")!.Gate.ShouldBeNull();
        there.IsOpen("Email").ShouldBeTrue();
    }

    [Fact]
    public async Task A_limit_that_is_used_up_closes_the_gate_except_where_the_pace_keeps_to_it()
    {
        var gates = await StartAsync();
        var usedUp = new Quota(10, 0, TimeSpan.FromSeconds(1));
        gates.Record("Email", usedUp);
        gates.IsOpen("Email").ShouldBeFalse("nobody knew the limit");
        await store.UntilAsync($"select count(*) from {GateTable.Gates} where position = 'closed'", 1);

        await gates.OpenAsync("Email", Cancel);
        gates.Record("Email", usedUp);
        gates.IsOpen("Email").ShouldBeTrue();
        gates.Record("Email", usedUp with { Reset = TimeSpan.FromSeconds(30), Window = TimeSpan.FromSeconds(30) });
        gates.IsOpen("Email").ShouldBeFalse("a longer window is over");
    }

    [Fact]
    public async Task The_last_second_of_a_minute_is_not_taken_for_a_limit_of_a_second()
    {
        var gates = await StartAsync();
        gates.Record("Email", new Quota(100, 40, TimeSpan.FromSeconds(30)));
        gates.Record("Email", new Quota(100, 3, TimeSpan.FromSeconds(1)));
        gates.LimitOf("Email").ShouldNotBeNull().ShouldBeLessThan(5);
        gates.IsOpen("Email").ShouldBeTrue();

        gates.Record("Email", new Quota(100, 0, TimeSpan.FromSeconds(1)));
        gates.IsOpen("Email").ShouldBeFalse("it is used up");
    }

    [Fact]
    public async Task A_limit_that_is_raised_by_hand_holds_at_once_and_not_after_the_next_turn_of_the_lower_one()
    {
        var gates = await StartAsync();
        await gates.LimitAsync("Email", 0.01, Cancel);
        (await gates.WaitForTurnAsync("Email", TimeSpan.FromSeconds(5), Cancel)).ShouldBeNull();

        await gates.LimitAsync("Email", 100, Cancel);

        (await gates.WaitForTurnAsync("Email", TimeSpan.FromSeconds(5), Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task A_limit_set_by_hand_holds_in_all_processes_until_it_is_taken_back()
    {
        var (here, there) = (await StartAsync(), await StartAsync());
        await here.LimitAsync("Email", 3, Cancel);
        await Eventually.Async(() => Task.FromResult(there.LimitOf("Email")), limit => limit == 3, "the other process knows");

        await there.LimitAsync("Email", null, Cancel);
        await Eventually.Async(() => Task.FromResult(here.LimitOf("Email")), limit => limit is null, "the limit is gone");
    }

    private const string RowsRead = """
        select (select seq_tup_read from pg_stat_user_tables where relname = 'jobqueue')
            + (select sum(idx_tup_read)::bigint from pg_stat_user_indexes where relname = 'jobqueue')
        """;

    private static async Task LooksAgainAsync(PartnerGates gates)
    {
        var looked = gates.Looks;
        await Eventually.Async(() => Task.FromResult(gates.Looks), looks => looks > looked + 1, "it has looked again");
    }

    private async Task<PartnerGates> StartAsync(bool takesJobs = true)
    {
        QueueGroup[] groups = [new("Email", ["email-urgent", "email"], Most: 3), new("Analytics", ["analytics"], Most: 3)];
        var gates = new PartnerGates(
            groups, (_, _) => false, store.Postgres, TimeProvider.System, NullLogger<PartnerGates>.Instance, takesJobs);
        started.Add(gates);
        await gates.StartAsync(Cancel);
        return gates;
    }

    private void Serve(PartnerGates gates) => store.Serve(by: store.FastProcess(admission: gates), queues: ["critical", "email"]);

    private static int Permits(PartnerGates gates) => ((IAdmission)gates).Permits("email");

    private static void Close(PartnerGates gates)
    {
        for (var n = 0; n < Gate.MaxFailures; n++) gates.Record("Email", Failed);
    }
}
