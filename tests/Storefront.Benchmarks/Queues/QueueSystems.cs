
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
            systems.InsertRange(1, [new NodeSystem(Goal.Graphile, "graphile.mjs", 1), new NodeSystem(Goal.Boss, "pgboss.mjs", 0.5)]);
        return options.Only is null ? systems : systems.FindAll(system => system.Name == options.Only);
    }
}
