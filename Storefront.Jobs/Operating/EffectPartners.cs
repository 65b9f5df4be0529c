using Storefront.Jobs.Placing;

namespace Storefront.Jobs.Operating;

/// <summary>Which partner an effect goes to: a partner is a folder, so its jobs' namespace says it.</summary>
public static class EffectPartners
{
    /// <summary>Every effect an order can have.</summary>
    public static IReadOnlyList<string> Effects { get; } = [.. EffectsOf.Names.Order(StringComparer.Ordinal)];

    /// <summary>Every partner that effects go to.</summary>
    public static IReadOnlyList<string> Partners { get; } = [.. Effects.Select(Of).Distinct().Order(StringComparer.Ordinal)];

    /// <exception cref="KeyNotFoundException">No effect has this name.</exception>
    public static string Of(string effect) => Of(EffectsOf.Named(effect).JobType)!;

    /// <summary>How long a partner recognises a repeat by its key; null: for as long as anybody repeats.</summary>
    internal static TimeSpan? KeyLifeOf(string partner) => partner == "Email" ? Email.Post.KeyLife : null;

    /// <summary>Null: the job is none of an effect.</summary>
    internal static string? Of(Type jobType) => typeof(IEffectJob).IsAssignableFrom(jobType) ? jobType.Namespace!.Split('.')[^1] : null;
}
