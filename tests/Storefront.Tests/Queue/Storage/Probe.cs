using System.Collections.Concurrent;
using Storefront.Jobs.Queue;

namespace Storefront.Tests.Queue.Storage;

/// <summary>The jobs of these tests. They report that they run, and wait until they may end.</summary>
public sealed class Probe
{
    private static readonly TimeSpan LongerThanAnyTest = TimeSpan.FromMinutes(5);
    private static readonly ConcurrentDictionary<string, Probe> All = new();

    private int runs;

    public int Runs => Volatile.Read(ref runs);
    public ConcurrentQueue<string> Texts { get; } = [];
    public SemaphoreSlim Begun { get; } = new(0);
    public SemaphoreSlim MayEnd { get; } = new(0);

    public static Probe Named(string name) => All.GetOrAdd(name, _ => new Probe());

    public static void Run(string name) => Interlocked.Increment(ref Named(name).runs);

    public static void RunUntilTold(string name)
    {
        Run(name);
        Named(name).Begun.Release();
        Named(name).MayEnd.Wait(LongerThanAnyTest);
    }

    public static async Task RunUntilCancelledAsync(string name, CancellationToken stop)
    {
        Run(name);
        Named(name).Begun.Release();
        await Task.Delay(LongerThanAnyTest, stop);
    }

    public static async Task RunBrieflyAsync(string name)
    {
        await Task.Delay(50);
        Run(name);
    }

    public static void RunWith(string name, string text)
    {
        Named(name).Texts.Enqueue(text);
        Run(name);
    }

    public static void Throw(string message) => throw new InvalidOperationException(message);

    public static NewJob Job(string name, string queue = "default") => new(Hangfire.Common.Job.FromExpression(() => Run(name)), queue);
}
