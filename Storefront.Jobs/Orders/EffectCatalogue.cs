using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Orders;

/// <summary>Every effect an order can have. The list itself is <c>OrderEffects.cs</c>; this folder knows no partner.</summary>
public sealed class EffectCatalogue
{
    private readonly Dictionary<string, Effect> byName;
    private readonly Dictionary<Type, Effect> byJob;

    /// <param name="placing">Of an order that is placed.</param>
    /// <param name="cancelling">Of a placed order that is cancelled.</param>
    /// <param name="release">Gives back what an order holds at Inventory.</param>
    /// <param name="apology">Tells a shopper who is not waiting any more that nothing came of the order.</param>
    /// <param name="link">Sends the link to an order to somebody who has lost it.</param>
    internal EffectCatalogue(
        IReadOnlyList<Effect> placing, IReadOnlyList<Effect> cancelling, Effect release, Effect apology, Effect link)
    {
        (Placing, Cancelling, Release, Apology, Link) = (placing, cancelling, release, apology, link);
        byName = ((Effect[])[.. placing, .. cancelling, release, apology, link]).DistinctBy(effect => effect.Name)
            .ToDictionary(effect => effect.Name);
        byJob = byName.Values.ToDictionary(effect => effect.JobType);
        Names = [.. byName.Keys.Order(StringComparer.Ordinal)];
        Partners = [.. byName.Values.Select(effect => effect.Partner).Distinct().OrderBy(partner => partner.Name, StringComparer.Ordinal)];
    }

    /// <summary>In alphabetical order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Every partner that an effect goes to, in alphabetical order.</summary>
    public IReadOnlyList<Partner> Partners { get; private init; }

    internal IReadOnlyList<Effect> Placing { get; private init; }
    internal IReadOnlyList<Effect> Cancelling { get; }
    internal Effect Release { get; }
    internal Effect Apology { get; }
    internal Effect Link { get; }
    internal IEnumerable<Effect> All => byName.Values;

    /// <summary>
    /// The same without the effects of partners that this shop does not have. What has been written down for them before is still known,
    /// and waits until they are back.
    /// </summary>
    internal EffectCatalogue Without(Func<Partner, bool> isMissing) => new(Placing, Cancelling, Release, Apology, Link)
    {
        Placing = [.. Placing.Where(effect => !isMissing(effect.Partner))],
        Partners = [.. Partners.Where(partner => !isMissing(partner))],
    };

    /// <summary>Of this order, which is being placed.</summary>
    internal IReadOnlyList<Effect> PlacingOf(OrderTraits order) => [.. Placing.Where(effect => effect.Concerns?.Invoke(order) != false)];

    /// <summary>Of this placed order, which is being cancelled.</summary>
    internal IReadOnlyList<Effect> CancellingOf(Order order) =>
    [
        .. Cancelling.Where(effect =>
            effect.Reverses is null || order.Deliveries.Any(delivery => delivery.Effect == effect.Reverses)),
    ];

    /// <exception cref="KeyNotFoundException">No effect has this name.</exception>
    public Partner PartnerOf(string effect) => byName[effect].Partner;

    /// <exception cref="KeyNotFoundException">No effect has this name.</exception>
    internal Effect Named(string name) => byName[name];

    /// <summary>Where a job comes back to that failed while its partner is down: a probe before all others.</summary>
    internal string NextQueue(string effect, bool isProbe) => isProbe ? PartnerOf(effect).Queues[0] : Named(effect).Queue;

    internal Effect? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Null: the job is not that of an effect.</summary>
    internal Effect? OfJob(Type job) => byJob.GetValueOrDefault(job);

    /// <summary>Of an order that comes to nothing.</summary>
    internal IReadOnlyList<Effect> Refusing(bool release, bool apologise) =>
        [.. release ? [Release] : Array.Empty<Effect>(), .. apologise ? [Apology] : Array.Empty<Effect>()];
}
