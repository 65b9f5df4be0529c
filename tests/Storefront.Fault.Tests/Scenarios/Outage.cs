using System.Globalization;
using Storefront.Fault.Tests.Checking;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>One partner is down, and the rig watches what the shop does meanwhile.</summary>
internal sealed class Outage
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBreak = TimeSpan.FromSeconds(72);

    private readonly Run run;
    private readonly string partner;
    private readonly string effect;
    private readonly GateWatch watch;

    private Outage(Run run, string partner, string effect, GateWatch watch) =>
        (this.run, this.partner, this.effect, this.watch) = (run, partner, effect, watch);

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <param name="partner">By the name of its gate.</param>
    /// <param name="effect">What is delivered to it for each order.</param>
    /// <param name="fail">Begins the fault.</param>
    public static async Task<Outage> BeginAsync(Run run, string partner, string effect, string fault, Func<Task> fail)
    {
        var outage = new Outage(run, partner, effect, await GateWatch.StartAsync(run.Rig, partner, effect));
        run.Fault($"{partner}: {fault}");
        await fail();
        return outage;
    }

    /// <summary>The gate has closed, every process knows it, and what was under way has ended.</summary>
    public async Task UntilClosedAsync()
    {
        run.Expect(
            await Run.ComesTrueAsync(IsClosedAsync, 2 * LongestCall + TimeSpan.FromSeconds(10)), $"The gate of {partner} has not closed");
        await Task.Delay(GateChecker.Grace);
        run.Expect(
            await Run.ComesTrueAsync(async () => !watch.IsCalledSince(default) || await watch.LeaseAsync() is not null, LongestCall),
            $"Calls to {partner} were under way long after its gate had closed");
    }

    /// <summary>Staff try the partner again and again. No mail uses up an attempt.</summary>
    public async Task TryAgainAndAgainAsync(int times)
    {
        var (from, used) = (Now, await AttemptsAsync());
        for (var n = 0; n < times; n++)
        {
            await TryNowAsync();
            await Task.Delay(TimeSpan.FromSeconds(2));
        }

        var calls = watch.CallsSince(from);
        run.Expect(calls > times / 2, $"{partner} was tried {calls} times although staff asked for it {times} times");
        await NoAttemptIsUsedUpAsync(used, killed: 0);
    }

    /// <summary>Kills one process after the other. Each may have been in the middle of a try, which then counts as an attempt.</summary>
    public async Task KillEachNodeAsync()
    {
        var used = await AttemptsAsync();
        foreach (var node in run.Rig.Nodes)
        {
            run.Killed($"{node.Name} was killed while {partner} was down");
            await node.RestartAsync();
        }

        await Task.Delay(TimeSpan.FromSeconds(2)); // They work, and must not call the partner more often than before.
        await NoAttemptIsUsedUpAsync(used, run.Rig.Nodes.Count);
    }

    /// <summary>
    /// Kills the process that tries the partner, in the middle of its call. Nobody else tries before its lease has run out, and it nearly
    /// has when this returns.
    /// </summary>
    public async Task KillProberAsync()
    {
        var used = await AttemptsAsync();
        ProbeLease? lease = null;
        if (!await Run.ComesTrueAsync(
            async () => (lease = await watch.LeaseAsync()) is not null && watch.IsCalledSince(lease.From), TimeSpan.FromSeconds(30)))
        {
            run.Expect(false, $"Nobody tried {partner} within 30 s");
            return;
        }

        var node = run.Rig.Nodes.Single(node => node.Name == lease!.Node);
        run.Killed($"{node.Name} was killed while it tried {partner}");
        await node.RestartAsync();
        if (lease!.Until - Now - TimeSpan.FromSeconds(1) is { Ticks: > 0 } rest) await Task.Delay(rest);
        await NoAttemptIsUsedUpAsync(used, killed: 1);
    }

    /// <summary>
    /// The row of the gate is lost, again and again. It is written again, as closed, and the incident stays one.
    /// </summary>
    public async Task LoseRowAsync(int times)
    {
        for (var n = 0; n < times; n++)
        {
            run.Fault($"the row of {partner}'s gate is deleted");
            await run.Rig.Postgres.RunAsync($"delete from hangfire.storefront_gate where name = '{partner}'");
            run.Expect(
                await Run.ComesTrueAsync(IsClosedAsync, TimeSpan.FromSeconds(5)), $"The gate of {partner} was lost, and stays lost");
            await Task.Delay(TimeSpan.FromSeconds(2));
        }

        var incidents = await run.AskAsync<long>(
            $"select count(*) from hangfire.storefront_incident where partner = '{partner}' and ended_at is null and $1 <> ''");
        run.Expect(incidents == 1, $"One outage of {partner} is {incidents} incidents");
    }

    /// <summary>Staff end the break: one job is tried, if the gate is closed.</summary>
    public Task TryNowAsync() => run.Rig.Postgres.RunAsync(
        $"update hangfire.storefront_gate set probe_at = now() where name = '{partner}' and position <> 'open'");

    /// <summary>The partner is back. Judges what happened until now.</summary>
    public async Task EndAsync(Func<Task> heal)
    {
        var until = Now;
        await heal();
        var (figures, complaints) = await watch.JudgeAsync(until);
        run.Note($"{partner}: {figures}");
        foreach (var complaint in complaints) run.Expect(false, complaint);
    }

    /// <summary>Staff try the partner until its gate is open, since the longest break takes a minute.</summary>
    public async Task UntilOpenAsync() => run.Expect(
        await Run.ComesTrueAsync(async () =>
        {
            await TryNowAsync();
            await Task.Delay(TimeSpan.FromSeconds(1));
            return !await IsClosedAsync();
        }, LongestBreak), $"The gate of {partner} has not opened after the outage");

    /// <summary>By when 95 % of the effects of orders since then were delivered, in seconds.</summary>
    public static async Task<double> DelayAsync(Run run, string effect, DateTimeOffset since) => await run.AskAsync<double>($"""
        select coalesce(percentile_disc(0.95) within group (order by
            extract(epoch from coalesce(d.delivered_at, clock_timestamp()) - o.placed_at)), 0)::float8
        from orders.deliveries d join orders.orders o on o.id = d.order_id
        where d.effect = '{effect}' and o.name like $1 || '%' and o.placed_at >= '{since.ToString("O", CultureInfo.InvariantCulture)}'
        """);

    private async Task NoAttemptIsUsedUpAsync(long used, int killed)
    {
        var now = used;
        await Run.ComesTrueAsync(async () => (now = await AttemptsAsync()) <= used + killed, TimeSpan.FromSeconds(5));
        run.Expect(now <= used + killed,
            $"{now - used} attempts were used up while {partner} was known to be down, and {killed} processes were killed");
    }

    private Task<long> AttemptsAsync() => run.AskAsync<long>($"""
        select coalesce(sum(d.attempts), 0)::bigint from orders.deliveries d join orders.orders o on o.id = d.order_id
        where d.effect = '{effect}' and o.name like $1 || '%'
        """);

    private Task<bool> IsClosedAsync() => run.AskAsync<bool>(
        $"select exists (select from hangfire.storefront_gate where name = '{partner}' and position <> 'open' and $1 <> '')");
}
