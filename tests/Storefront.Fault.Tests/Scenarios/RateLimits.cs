using System.Globalization;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>A partner that takes only so many requests a second, however many processes there are.</summary>
internal static class RateLimits
{
    private const int Limit = 10;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Long = TimeSpan.FromSeconds(15);

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>The shop knows the limit: no second sees more, also while processes are killed, and little less while mails wait.</summary>
    public static Task KnownAsync(Run run) => run.UnderLoadAsync(async () =>
    {
        run.Fault($"email: {Limit} requests a second, which the shop knows");
        await run.Rig.Postgres.RunAsync($"""
            insert into hangfire.storefront_pace (name, by_hand) values ('Email', {Limit})
            on conflict (name) do update set by_hand = excluded.by_hand
            """);
        await Task.Delay(2 * Second); // every process knows it
        await BreakAsync(run, new { requestsPerSecond = Limit });
        var from = Now;
        await UntilMailsWaitAsync(run);
        var calls = await CallsAsync(run, Long);
        run.Expect(calls >= 9, $"Email was called {calls:N1} times a second while mails waited");

        foreach (var node in run.Rig.Nodes)
        {
            run.Killed($"{node.Name} was killed while mails waited for their turns");
            await node.RestartAsync();
        }

        await CallsAsync(run, Second * 3);
        var (most, refused) = (Most(run, from), await RefusedAsync(run));
        run.Expect(most <= Limit, $"Email was called {most} times in one second");
        run.Expect(refused == 0, $"Email refused {refused} calls");
        run.Note(string.Create(CultureInfo.InvariantCulture,
            $"{calls:N1} calls a second while mails waited, at most {most} in any second, {refused} refused"));
        await run.Rig.Postgres.RunAsync("update hangfire.storefront_pace set by_hand = null");
        await BreakAsync(run, new { });
    });

    /// <summary>Nobody has told the shop: it learns from Email's answers, and is hardly ever refused.</summary>
    public static Task LearnedAsync(Run run) => run.UnderLoadAsync(async () =>
    {
        run.Fault($"email: {Limit} requests a second, which only its answers say");
        await BreakAsync(run, new { requestsPerSecond = Limit });
        await UntilMailsWaitAsync(run);
        var before = await RefusedAsync(run);
        var calls = await CallsAsync(run, Long);
        var refused = await RefusedAsync(run) - before;
        run.Expect(calls >= 0.8 * Limit, $"Email was called {calls:N1} times a second while mails waited");
        run.Expect(refused <= 3, $"Email refused {refused} of {calls * Long.TotalSeconds:N0} calls");
        run.Note(string.Create(CultureInfo.InvariantCulture,
            $"{calls:N1} calls a second while mails waited, {refused} refused, {before} before the limit was learned"));
        await BreakAsync(run, new { });
    });

    private static Task BreakAsync(Run run, object fault) => run.Rig.Partners.BreakAsync("email", fault);

    private static async Task UntilMailsWaitAsync(Run run) => run.Expect(
        await Run.ComesTrueAsync(
            async () => await run.AskAsync<long>("select count(*) from hangfire.jobqueue where queue = 'email' and $1 <> ''") >= 5 * Limit,
            TimeSpan.FromSeconds(60)),
        "The shoppers do not order enough for mails to wait");

    private static async Task<double> CallsAsync(Run run, TimeSpan length)
    {
        var from = Now;
        await Task.Delay(length);
        return run.Rig.PartnerWires["email"].CallsSince(from).Count / (Now - from).TotalSeconds;
    }

    private static int Most(Run run, DateTimeOffset from)
    {
        var times = run.Rig.PartnerWires["email"].CallsSince(from).Select(call => call.Began).ToList();
        return times.Count == 0 ? 0 : times.Max(first => times.Count(time => time >= first && time < first + Second));
    }

    private static Task<long> RefusedAsync(Run run) => run.AskAsync<long>("""
        select count(*) from orders.calls c join orders.orders o on o.id = c.order_id
        where c.partner = 'Email' and c.status = 429 and o.name like $1 || '%'
        """);
}
