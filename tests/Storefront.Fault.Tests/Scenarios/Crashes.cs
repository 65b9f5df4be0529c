using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>Processes that are killed.</summary>
internal static class Crashes
{
    /// <summary>Crash points that a process under load reaches.</summary>
    public static readonly string[] Points =
    [
        "before-intent", "after-intent", "after-inventory", "before-commit", "after-commit", "before-call", "after-accept", "after-ledger",
        "before-write", "after-write", "after-fetch",
    ];

    /// <summary>Crash points that only reconciliation reaches.</summary>
    public static readonly string[] RepairPoints = ["repair-found", "repaired"];

    /// <summary>A crash point that only the job that finishes an open order reaches.</summary>
    private const string FinishPoint = "finish-leased";

    public static IEnumerable<string> AllPoints => [.. Points, FinishPoint, .. RepairPoints];

    public static Task NothingAsync(Run run) => run.UnderLoadAsync(() => run.AnswersAsync(100));

    /// <summary>Kills at each point in turn, the n-th time a node reaches it, with a random n. Both nodes are killed in parallel.</summary>
    public static Task AtPointsAsync(Run run, IReadOnlyList<string> points) => run.UnderLoadAsync(() => Task.WhenAll(
        run.Rig.Nodes.Select(
            (node, share) => KillAtEachAsync(run, node,
                [.. points.Where((_, number) => number % 2 == share).Select(point => (point, TimeAt(run, point)))]))));

    /// <summary>
    /// So many kills, every point in turn and in a new order each time. Inventory loses half its answers meanwhile, so that there are
    /// orders to be finished by a job, and a process can die there too.
    /// </summary>
    public static async Task AtPointsManyTimesAsync(Run run, int kills)
    {
        string[] points = [.. Points, FinishPoint];
        await run.Rig.Partners.BreakAsync("inventory", new { dropAfterAccept = 0.5 });
        await AtPointsAsync(run,
            [.. Enumerable.Range(0, kills / points.Length + 1).SelectMany(_ => points.OrderBy(_ => run.Random.Next())).Take(kills)]);
    }

    /// <summary>Jobs have vanished, and each process that repairs this is killed before or after a repair.</summary>
    public static async Task WhileRepairingAsync(Run run)
    {
        using var operators = new Operator(run.Rig);
        foreach (var point in RepairPoints)
        {
            await run.Rig.Partners.BreakAsync("email", new { hang = true });
            await run.UnderLoadAsync(() => run.AnswersAsync(20));
            await run.Rig.Partners.HealAsync();
            // The node that runs reconciliation dies, and then the node that takes it over.
            await LoseJobsAsync(run, operators, Trap(point, time: 2));
            await operators.LetTimePassAsync();
            var ends = run.Rig.Nodes.Select(node => node.Ends).ToList();
            var died = new bool[run.Rig.Nodes.Count];
            // The lock of the one that died is free after its lease, and a round that finds it taken ends at once: ask again and again.
            for (var asked = 0; asked < 20 && died.Contains(false); asked++)
            {
                operators.Reconcile();
                for (var n = 0; n < died.Length; n++)
                {
                    if (died[n] || !await run.Rig.Nodes[n].UntilItEndedAsync(ends[n], TimeSpan.FromSeconds(2))) continue;
                    died[n] = true;
                    run.Killed($"{run.Rig.Nodes[n].Name} killed itself at {point}");
                }
            }

            run.Expect(run.Rig.Nodes.Sum(node => node.Ends) > ends.Sum(), $"Nobody came by {point} twice");
            await run.DrainAsync();
        }
    }

    /// <summary>
    /// A job kills every process that runs it: it is stopped, everybody else goes on, and once the bug is mended its order comes to an end
    /// all the same.
    /// </summary>
    public static async Task PoisonAsync(Run run)
    {
        using var mended = new CancellationTokenSource();
        using var operators = new Operator(run.Rig);
        await run.Rig.Partners.BreakAsync("inventory", new { dropAfterAccept = 1 });
        await Task.WhenAll(run.Rig.Nodes.Select(node =>
        {
            node.Arm(Trap(FinishPoint));
            return node.RestartAsync("TERM");
        }));
        Task[] killing = [.. run.Rig.Nodes.Select(node => KillAlwaysAsync(run, node, FinishPoint, mended.Token))];
        await run.Shoppers.PlaceAsync([new(Load.Shoppers.Goods[0], 1)], run.Random, run.KeyOf("poison"), patience: TimeSpan.Zero);
        await run.Rig.Partners.HealAsync();
        await run.UnderLoadAsync(async () =>
        {
            const string Stopped =
                "select exists (select from hangfire.job j join orders.orders o on o.finish_job_id = j.id where o.name = $1 || '-poison' "
                    + "and j.statename = 'Failed')";
            run.Expect(await Run.ComesTrueAsync(() => run.AskAsync<bool>(Stopped), TimeSpan.FromMinutes(3)),
                "A job that kills its process was not stopped within three minutes");
            run.Expect(run.Kills <= 5, $"It has killed {run.Kills} processes before it was stopped");
        }, shoppers: 2);
        await mended.CancelAsync();
        await Task.WhenAll(killing);
        await operators.DeleteFailedAsync();
    }

    private static async Task KillAlwaysAsync(Run run, ShopNode node, string point, CancellationToken until)
    {
        try
        {
            while (true)
            {
                node.Arm(Trap(point));
                await node.UntilItEndedAsync(node.Ends, TimeSpan.MaxValue, until);
                run.Killed($"{node.Name} killed itself at {point}");
            }
        }
        catch (OperationCanceledException)
        {
            node.Arm();
            await node.RestartAsync("TERM");
        }
    }

    /// <summary>All nodes are killed, and the jobs that were waiting or running are deleted.</summary>
    public static async Task LoseJobsAsync(Run run, Operator operators, params (string Name, string Value)[] arm)
    {
        foreach (var node in run.Rig.Nodes)
        {
            node.Arm(arm);
            node.Send("KILL");
        }

        var lost = await operators.LoseJobsAsync();
        run.Fault($"{lost} jobs vanished");
        run.Expect(lost > 0, "There was no job that could vanish");
        foreach (var node in run.Rig.Nodes) await node.UntilItServesAsync();
    }

    // The first to come by are what the last kill interrupted: were it always one of those that dies, the same job would die five times,
    // which is what a job does that kills its process, and it would be stopped as such. Few come by where an order is finished.
    private static int TimeAt(Run run, string point) => run.Random.Next(1, point == FinishPoint ? 4 : 30);

    private static (string, string) Trap(string point, int time = 1) => ("STOREFRONT_CRASH_AT", $"{point}:{time}");

    public static Task AtRandomAsync(Run run, int kills) => run.UnderLoadAsync(async () =>
    {
        for (var n = 0; n < kills; n++)
        {
            var node = run.Rig.Nodes[run.Random.Next(2)];
            await run.AnswersAsync(run.Random.Next(1, 40));
            run.Killed($"kill -9 {node.Name}");
            await node.RestartAsync();
        }
    });

    /// <summary>
    /// Restarts the node with the first trap set; every process that kills itself in one is followed by one with the next.
    /// </summary>
    public static async Task KillAtEachAsync(Run run, ShopNode node, IReadOnlyList<(string Point, int Time)> traps)
    {
        var ends = node.Ends;
        for (var n = 0; n <= traps.Count; n++)
        {
            var next = n < traps.Count ? traps[n] : default;
            node.Arm(next.Point is null ? [] : [Trap(next.Point, next.Time)]);
            if (n == 0)
            {
                node.Send("TERM");
            }
            else if (await node.UntilItEndedAsync(ends, TimeSpan.FromSeconds(60)))
            {
                run.Killed($"{node.Name} killed itself at {traps[n - 1].Point}, time {traps[n - 1].Time}");
            }
            else
            {
                run.Expect(false, $"Nobody came by {traps[n - 1].Point} {traps[n - 1].Time} times within 60 s");
                node.Send("KILL");
            }

            await node.UntilItEndedAsync(ends++, TimeSpan.FromSeconds(60));
        }

        await node.UntilItServesAsync();
    }
}
