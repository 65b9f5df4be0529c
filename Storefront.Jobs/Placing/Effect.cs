using System.Reflection;
using Hangfire.Common;
using Storefront.Jobs.Storage;

namespace Storefront.Jobs.Placing;

/// <summary>One thing an order brings about, and the job that does it.</summary>
/// <param name="After">How long after its order it is due.</param>
/// <param name="KeyLife">How long its partner remembers an idempotency key; null: for ever.</param>
internal sealed record Effect(string Name, string Queue, TimeSpan After, TimeSpan? KeyLife, Type JobType, MethodInfo JobMethod)
{
    public static Effect Of<TJob>(string name, string queue = Queues.Default, TimeSpan after = default, TimeSpan? keyLife = null)
        where TJob : IEffectJob =>
        new(name, queue, after, keyLife, typeof(TJob), typeof(TJob).GetMethod(nameof(IEffectJob.RunAsync))!);

    /// <summary>What the partner tells repeats by: the same for every attempt, job and node.</summary>
    public string IdempotencyKey(Guid orderId) => $"{Name}/{orderId}";

    public NewJob JobFor(Guid orderId, DateTimeOffset now) =>
        new(new Job(JobType, JobMethod, orderId, CancellationToken.None), Queue, After > TimeSpan.Zero ? now + After : null);
}

/// <summary>The job of an effect. Its class and method names are stored with every job: rename neither.</summary>
internal interface IEffectJob
{
    /// <summary>May be run any number of times; only the first one that the partner accepts has an effect.</summary>
    Task RunAsync(Guid orderId, CancellationToken cancel);
}

/// <summary>Hangfire's queues, by what waits on them.</summary>
public static class Queues
{
    /// <summary>A shopper is looking at a page, or stock is held for nobody.</summary>
    public const string Critical = "critical";

    public const string Default = "default";
}
