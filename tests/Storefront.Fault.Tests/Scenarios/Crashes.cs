using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>Processes that end without a word.</summary>
internal static class Crashes
{
    /// <summary>Where a process under load comes by.</summary>
    public static readonly string[] Points =
    [
        "before-intent", "after-intent", "after-inventory", "before-commit", "after-commit", "before-call", "after-accept", "after-ledger",
        "before-write", "after-write", "after-fetch",
    ];

    public static Task NothingAsync(Run run) => run.UnderLoadAsync(() => Task.Delay(TimeSpan.FromSeconds(5)));

    /// <summary>Each point in turn, the n-th time a node comes by, n by lot. Both nodes have their share, and die side by side.</summary>
    public static Task AtPointsAsync(Run run, IReadOnlyList<string> points) => run.UnderLoadAsync(() => Task.WhenAll(
        run.Rig.Nodes.Select((node, share) => KillAtEachAsync(run, node, [.. points.Where((_, number) => number % 2 == share).Select(point => (point, run.Random.Next(1, 20)))]))));

    public static Task AtRandomAsync(Run run, int kills) => run.UnderLoadAsync(async () =>
    {
        for (var n = 0; n < kills; n++)
        {
            var node = run.Rig.Nodes[run.Random.Next(2)];
            await Task.Delay(run.Random.Next(200, 1500));
            run.Fault($"kill -9 {node.Name}");
            await node.RestartAsync();
        }
    });

    /// <summary>Restarts the node with the first trap set; every process that kills itself in one is followed by one with the next.</summary>
    public static async Task KillAtEachAsync(Run run, ShopNode node, IReadOnlyList<(string Point, int Time)> traps)
    {
        var ends = node.Ends;
        for (var n = 0; n <= traps.Count; n++)
        {
            var next = n < traps.Count ? traps[n] : default;
            node.Arm(next.Point is null ? [] : [("STOREFRONT_CRASH_AT", $"{next.Point}:{next.Time}")]);
            if (n == 0)
            {
                node.Send("TERM");
            }
            else if (await node.UntilItEndedAsync(ends, TimeSpan.FromSeconds(60)))
            {
                run.Fault($"{node.Name} killed itself at {traps[n - 1].Point}, time {traps[n - 1].Time}");
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
