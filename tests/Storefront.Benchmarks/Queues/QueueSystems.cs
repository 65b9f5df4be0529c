namespace Storefront.Benchmarks.Queues;

internal static class QueueSystems
{
    /// <summary>Those that can run here; a sentence is printed for those that cannot.</summary>
    public static async Task<IReadOnlyList<IQueueSystem>> PrepareAsync(Options options, TextWriter output)
    {
        List<IQueueSystem> systems = [new HangfireSystem(Goal.Ours, JobStorageKind.Fast, 1),
            new HangfireSystem(Goal.Stock, JobStorageKind.Stock, 0.1)];
        if (await Node.PrepareAsync() is { } withoutNode)
            await output.WriteLineAsync(withoutNode);
        else
            systems.InsertRange(1, Peers);
        return options.Only is null ? systems : systems.FindAll(system => system.Name == options.Only);
    }

    private static IQueueSystem[] Peers =>
    [
        new NodeSystem(Goal.Graphile, "graphile.mjs", NodeSystem.AsItComes, 1),
        // So fast that it needs more jobs to be measured for more than a moment.
        new NodeSystem(Goal.GraphileBatched, "graphile.mjs", "batched", 4, "noop", "partner", "latency"),
        new NodeSystem(Goal.Boss, "pgboss.mjs", NodeSystem.AsItComes, 0.5),
        // A batch begins as a whole, so with jobs that take time it would run more of them at once than the others.
        new NodeSystem(Goal.BossLargest, "pgboss.mjs", "largest-batch", 3, "noop"),
    ];
}
