using System.Globalization;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>
/// Partners that are down for a while. What is for them waits: it is not tried without end, uses up no attempt, and nothing else notices.
/// </summary>
internal static class Outages
{
    private const string Mail = "order-confirmation", Event = "order-placed-event";
    private const int Few = 40;

    public static Task EmailFailsAsync(Run run) => PlayAsync(run, "503", () => BreakAsync(run, "email", new { status = 503 }),
        async outage =>
        {
            await outage.TryAgainAndAgainAsync(times: 5);
            await outage.KillEachNodeAsync();
        });

    public static Task EmailIsRefusedAsync(Run run) => PlayAsync(run, "connections are refused", () =>
    {
        run.Rig.PartnerWires["email"].Set(Wire.Reset);
        return Task.CompletedTask;
    }, async outage =>
    {
        await outage.TryAgainAndAgainAsync(times: 5);
        await outage.KillEachNodeAsync();
    });

    /// <summary>A call takes as long as a call may take, and the process that makes it is killed meanwhile.</summary>
    public static Task EmailHangsAsync(Run run) =>
        PlayAsync(run, "no answer", () => BreakAsync(run, "email", new { hang = true }), outage => outage.KillProberAsync());

    /// <summary>Email asks to wait, first for a time that it names, then without one.</summary>
    public static Task EmailAsksToWaitAsync(Run run) =>
        PlayAsync(run, "429", () => BreakAsync(run, "email", new { status = 429, retryAfterSeconds = 3 }), async outage =>
        {
            await outage.KillEachNodeAsync();
            await BreakAsync(run, "email", new { status = 429 });
            await outage.TryAgainAndAgainAsync(times: 4);
            await outage.KillEachNodeAsync();
        });

    public static Task RowIsLostAsync(Run run) =>
        PlayAsync(run, "503", () => BreakAsync(run, "email", new { status = 503 }), outage => outage.LoseRowAsync(times: 3));

    /// <summary>Email is down, and when it is back Analytics is down. Neither delays what is for the other.</summary>
    public static Task OneAfterTheOtherAsync(Run run) => run.UnderLoadAsync(async () =>
    {
        var usual = await UsualDelaysAsync(run);
        var email = await Outage.BeginAsync(run, "Email", Mail, "503", () => BreakAsync(run, "email", new { status = 503 }));
        await email.UntilClosedAsync();
        await NotDelayedAsync(run, Event, usual, () => email.TryAgainAndAgainAsync(times: 3));
        await email.EndAsync(() => BreakAsync(run, "email", new { }));

        var analytics = await Outage.BeginAsync(run, "Analytics", Event, "503", () => BreakAsync(run, "analytics", new { status = 503 }));
        await email.UntilOpenAsync();
        await analytics.UntilClosedAsync();
        await NotDelayedAsync(run, Mail, usual, () => analytics.TryAgainAndAgainAsync(times: 3));
        await analytics.KillEachNodeAsync();
        await analytics.EndAsync(() => BreakAsync(run, "analytics", new { }));
        await analytics.UntilOpenAsync();
    }, shoppers: 2);

    /// <summary>Email is up and down in turn, for two seconds each. Staff try it every other time that it is up.</summary>
    public static Task EmailFlapsAsync(Run run) => run.UnderLoadAsync(async () =>
    {
        const int Times = 6;
        var usual = await UsualDelaysAsync(run);
        var outage = await Outage.BeginAsync(run, "Email", Mail, "up and down", () => Task.CompletedTask);
        await NotDelayedAsync(run, Event, usual, async () =>
        {
            for (var n = 0; n < Times; n++)
            {
                run.Fault("email: 503 for 2 s");
                await BreakAsync(run, "email", new { status = 503 });
                await Task.Delay(TimeSpan.FromSeconds(2));
                await BreakAsync(run, "email", new { });
                if (n % 2 == 0) await outage.TryNowAsync();
                await Task.Delay(TimeSpan.FromSeconds(2));
            }
        });
        await outage.EndAsync(() => Task.CompletedTask);
        await outage.UntilOpenAsync();
        var most = await run.AskAsync<int>($"""
            select coalesce(max(d.attempts), 0) from orders.deliveries d join orders.orders o on o.id = d.order_id
            where d.effect = '{Mail}' and o.name like $1 || '%'
            """);
        run.Expect(most <= Times + 1, $"A mail has used up {most} attempts while Email was down {Times} times");
    }, shoppers: 2);

    private static Task PlayAsync(Run run, string fault, Func<Task> fail, Func<Outage, Task> meanwhile) => run.UnderLoadAsync(async () =>
    {
        var usual = await UsualDelaysAsync(run);
        var outage = await Outage.BeginAsync(run, "Email", Mail, fault, fail);
        await outage.UntilClosedAsync();
        await NotDelayedAsync(run, Event, usual, () => run.AnswersAsync(Few));
        await meanwhile(outage);
        await outage.EndAsync(run.Rig.HealAsync);
        await outage.UntilOpenAsync();
    }, shoppers: 2);

    private static Task BreakAsync(Run run, string partner, object fault) => run.Rig.Partners.BreakAsync(partner, fault);

    private static async Task<IReadOnlyDictionary<string, double>> UsualDelaysAsync(Run run)
    {
        await run.AnswersAsync(Few);
        return new Dictionary<string, double>
        {
            [Mail] = await Outage.DelayAsync(run, Mail, default), [Event] = await Outage.DelayAsync(run, Event, default),
        };
    }

    /// <summary>What is for the healthy partner is delivered about as soon as ever.</summary>
    private static async Task NotDelayedAsync(
        Run run, string effect, IReadOnlyDictionary<string, double> usual, Func<Task> meanwhile)
    {
        var from = TimeProvider.System.GetUtcNow();
        await meanwhile();
        var delay = await Outage.DelayAsync(run, effect, from);
        run.Expect(delay <= 3 * usual[effect] + 3, string.Create(CultureInfo.InvariantCulture,
            $"{effect} took {delay:N1} s while another partner was down, and {usual[effect]:N1} s before"));
        run.Note(string.Create(CultureInfo.InvariantCulture, $"{effect}: {usual[effect]:N1} s before, {delay:N1} s meanwhile"));
    }
}
