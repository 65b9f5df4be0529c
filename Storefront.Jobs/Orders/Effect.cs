using System.Reflection;
using Hangfire.Common;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.Orders;

/// <summary>One thing that an order causes at a partner, and the job that does it.</summary>
/// <param name="Name">Stored with every delivery: do not change it.</param>
/// <param name="After">How long after its order it is due.</param>
internal sealed record Effect(string Name, Partner Partner, string Queue, TimeSpan After, Type JobType, MethodInfo JobMethod)
{
    /// <summary>Which orders have it; null: all. Of an effect of placing an order.</summary>
    public Func<OrderTraits, bool>? Concerns { get; init; }

    /// <summary>
    /// The name of the effect that it takes back when the order is cancelled. Only orders that have that one get this one.
    /// </summary>
    public string? Reverses { get; init; }

    public static Effect Of<TJob>(string name, Partner partner, Urgency urgency = Urgency.Normal, TimeSpan after = default)
        where TJob : IEffectJob =>
        new(name, partner, partner.QueueOf(urgency), after, typeof(TJob), typeof(TJob).GetMethod(nameof(IEffectJob.RunAsync))!);

    /// <summary>By which the partner recognises a repeat: the same for every attempt, job and node.</summary>
    public string IdempotencyKey(Guid orderId) => $"{Name}/{orderId}";

    public NewJob JobFor(Guid orderId, DateTimeOffset now) =>
        new(new Job(JobType, JobMethod, orderId, CancellationToken.None), Queue, After > TimeSpan.Zero ? now + After : null);
}

/// <summary>The job of an effect. Its class and method names are stored with every job: change neither.</summary>
internal interface IEffectJob
{
    /// <summary>May be run any number of times; only the first one that the partner accepts has an effect.</summary>
    Task RunAsync(Guid orderId, CancellationToken cancel);
}
