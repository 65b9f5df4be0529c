using Storefront.Fault.Tests.Load;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>Shoppers and operators who do what people do.</summary>
internal static class Crowds
{
    /// <summary>The same order is sent ten times at once, to both nodes.</summary>
    public static Task SameKeyAtOnceAsync(Run run) => Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
    {
        var key = run.KeyOf($"same{number}");
        WishedLine[] lines = [new(Shoppers.Goods[number % Shoppers.Goods.Length], 1)];
        var wishes = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => run.Shoppers.PlaceAsync(lines, new Random(n), key)));
        run.Expect(wishes.Select(wish => wish.Order).Distinct().Count() == 1, $"{key} was told of several orders");
    }));

    /// <summary>The same key for another order: refused, and the first one stays as it is.</summary>
    public static async Task SameKeyOtherOrderAsync(Run run)
    {
        for (var n = 0; n < 20; n++)
        {
            var key = run.KeyOf($"reused{n}");
            await run.Shoppers.PlaceAsync([new(Shoppers.Goods[0], 1)], run.Random, key);
            var answers = await Task.WhenAll(
                run.Rig.Doors.Select(door => run.Shoppers.StatusOfAsync(door, key, [new(Shoppers.Goods[0], 2)])));
            run.Expect(answers.All(status => status == 422),
                $"{key} used again for another order was answered {string.Join(", ", answers)}");
        }
    }

    /// <summary>Many shoppers order the last ten items.</summary>
    public static async Task LastUnitsAsync(Run run)
    {
        const string Rare = "LAMP-DESK";
        run.DrainWithin = TimeSpan.FromSeconds(40);
        await run.Rig.Partners.SetStockAsync(Rare, await run.ReservedAsync(Rare) + 10);
        var wishes =
            await Task.WhenAll(
                Enumerable.Range(0, 60).Select(n => run.Shoppers.PlaceAsync([new(Rare, 1)], new Random(n), run.KeyOf($"rare{n}"))));
        await run.DrainAsync();
        var placed = await run.AskAsync<long>("select count(*) from orders.orders where status = 'placed' and name like $1 || '%'");
        run.Expect(placed == 10, $"{placed} of 10 were sold to {wishes.Length} shoppers");
    }

    /// <summary>A node is paused for longer than its leases last, and then continues.</summary>
    public static Task LongPauseAsync(Run run) => run.UnderLoadAsync(async () =>
    {
        await run.Rig.Partners.BreakAsync("email", new { latencyMs = 1000 });
        foreach (var node in run.Rig.Nodes) await Nemesis.PauseAsync(run, node, 3 * ShopRig.Invisibility + TimeSpan.FromSeconds(2));
    });

    /// <summary>New versions come in, one node after the other: nobody is answered with an error.</summary>
    public static async Task DeployAsync(Run run, int rounds)
    {
        await run.UnderLoadAsync(async () =>
        {
            for (var n = 0; n < rounds; n++)
            {
                run.Fault($"SIGTERM {run.Rig.Nodes[n % 2].Name}");
                await run.Rig.Nodes[n % 2].RestartAsync("TERM");
            }
        });
        run.Expect(run.Shoppers.ServerErrors == 0, $"{run.Shoppers.ServerErrors} checkouts were answered with an error of the server");
    }

    /// <summary>A rolling restart behind a load balancer; then a node is killed, and one stands still for longer than its leases.</summary>
    public static async Task RollingRestartAsync(Run run)
    {
        var (second, third) = (run.Rig.Nodes[1], run.Rig.Nodes[2]);
        await run.UnderLoadAsync(async () =>
        {
            foreach (var node in run.Rig.Nodes)
            {
                run.Fault($"SIGTERM {node.Name}");
                await node.RestartAsync("TERM");
                await run.AnswersAsync(20);
            }

            run.Note($"rolling restart: {Errors(run)}");
            run.Killed($"kill -9 {second.Name}");
            await second.RestartAsync();
            await run.AnswersAsync(20);
            await Nemesis.PauseAsync(run, third, 3 * ShopRig.Invisibility + TimeSpan.FromSeconds(2));
            await run.AnswersAsync(20);
        });
        run.Note($"with a kill -9 and a pause: {Errors(run)}");
    }

    private static string Errors(Run run) =>
        $"of {run.Shoppers.Attempts} attempts {run.Shoppers.ServerErrors} were answered with an error of the server, "
        + $"{run.Shoppers.Unanswered} not at all";

    /// <summary>A new version is deployed while a job of the old one ignores its cancellation.</summary>
    public static async Task DeployOverDeafJobAsync(Run run)
    {
        var node = run.Rig.Nodes[0];
        node.Arm(("STOREFRONT_HANG_AT", "after-accept"));
        await node.RestartAsync("TERM");
        var before = await run.RepeatsAsync();
        await run.UnderLoadAsync(async () =>
        {
            await run.AnswersAsync(30);
            var ends = node.Ends;
            run.Fault($"SIGTERM {node.Name}, with a job that does not end");
            node.Send("TERM");
            run.Expect(await node.UntilItEndedAsync(ends, TimeSpan.FromSeconds(45)), $"{node.Name} did not end within 45 s");
        });
        await run.DrainAsync();
        var repeats = await run.RepeatsAsync() - before;
        run.Expect(repeats == 1, $"One call was left unwritten, and {repeats} were made again");
    }

    /// <summary>Mistakes of an operator on the dashboard: succeeded jobs are run again, and waiting jobs are deleted.</summary>
    public static async Task DashboardAsync(Run run)
    {
        using var operators = new Operator(run.Rig);
        await run.UnderLoadAsync(async () =>
        {
            for (var n = 0; n < 20; n++)
            {
                await run.AnswersAsync(5);
                run.Fault($"operator: {await operators.RequeueSucceededAsync()} requeued, {await operators.DeleteWaitingAsync()} deleted");
            }
        });
        await run.DrainAsync();
        var before = await run.RepeatsAsync();
        await operators.RequeueSucceededAsync();
        await run.DrainAsync();
        run.Expect(await run.RepeatsAsync() == before, "A job that had succeeded and was run again called its partner again");
    }

    /// <summary>Jobs vanish, and reconciliation finds what they should have done. It is started on both nodes at once.</summary>
    public static async Task JobsVanishAsync(Run run)
    {
        using var operators = new Operator(run.Rig);
        run.DrainWithin = TimeSpan.FromSeconds(40); // Reconciliation is triggered, so nobody waits for its minute.
        await run.Rig.Partners.BreakAsync("email", new { hang = true });
        await run.UnderLoadAsync(() => run.AnswersAsync(20));
        await run.Rig.Partners.HealAsync();
        await Crashes.LoseJobsAsync(run, operators);
        await operators.LetTimePassAsync();
        for (var n = 0; n < 4; n++) operators.Reconcile();
    }
}
