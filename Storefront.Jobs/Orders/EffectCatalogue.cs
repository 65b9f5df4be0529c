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
        if (cancelling.FirstOrDefault(effect => effect.Concerns is not null) is { } conditional)
            throw new ArgumentException($"{conditional.Name} is part of every cancellation, or {nameof(Effect.Reverses)} an effect.");
        if (byName.Values.FirstOrDefault(effect => effect.Reverses is not null
            && !(cancelling.Contains(effect) && placing.Any(placed => placed.Name == effect.Reverses))) is { } reversing)
            throw new ArgumentException($"{reversing.Name} reverses {reversing.Reverses}, which is no effect of placing an order.");
        byJob = byName.Values.ToDictionary(effect => effect.JobType);
        Names = [.. byName.Keys.Order(StringComparer.Ordinal)];
        Partners = [.. byName.Values.Select(effect => effect.Partner).Distinct().OrderBy(partner => partner.Name, StringComparer.Ordinal)];
        Present = Partners;
    }

    /// <summary>In alphabetical order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Every partner that an effect goes to, in alphabetical order.</summary>
    public IReadOnlyList<Partner> Partners { get; }

    /// <summary>Those that this shop has: each but the optional ones without an address.</summary>
    public IReadOnlyList<Partner> Present { get; private init; }

    internal IReadOnlyList<Effect> Placing { get; private init; }
    internal IReadOnlyList<Effect> Cancelling { get; }
    internal Effect Release { get; }
    internal Effect Apology { get; }
    internal Effect Link { get; }
    internal IEnumerable<Effect> All => byName.Values;

    /// <summary>
    /// For a shop that does without these partners: a new order has no effect there. Deliveries that exist already wait until the partner
    /// is back. A cancellation still adds what takes them back.
    /// </summary>
    internal EffectCatalogue Without(IReadOnlyCollection<Partner> missing) => new(Placing, Cancelling, Release, Apology, Link)
    {
        Present = [.. Partners.Except(missing)],
        Placing = [.. Placing.Where(effect => !missing.Contains(effect.Partner))],
    };

    /// <summary>Whether this shop has the partner of this effect.</summary>
    public bool HasPartnerOf(string effect) => Find(effect) is { } known && Present.Contains(known.Partner);

    /// <summary>Whether this shop does without the partner of this effect. Of an effect that only a newer version knows: false.</summary>
    public bool IsWithoutPartner(string effect) => Find(effect) is { } known && !Present.Contains(known.Partner);

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

    /// <summary>Of an effect that a newer version may have written down: <c>unknown</c> where this one does not know it.</summary>
    public string NameOfPartner(string effect) => Find(effect)?.Partner.Name ?? "unknown";

    /// <summary>Whether a person may have it done once more that its partner has accepted.</summary>
    public bool MaySendAgain(string effect) => Find(effect) is { Partner.MaySendAgain: true };

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
