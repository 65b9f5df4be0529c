using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.Hosting;

/// <summary>Divides the workers of a process among the queues, so that no partner's trouble takes another's workers.</summary>
internal static class QueueGroups
{
    /// <summary>The queues whose jobs come first stand first.</summary>
    /// <param name="workers">Jobs that the process runs at once, all in all.</param>
    /// <param name="settings">
    /// Of each partner. Those that say no number share what is left, if each order that is placed has a job for them; others get a tenth.
    /// </param>
    public static IReadOnlyList<QueueGroup> Of(EffectCatalogue effects, int workers, IReadOnlyDictionary<string, PartnerOptions> settings)
    {
        var (tenth, former) = (Math.Max(1, workers / 10), Math.Max(1, workers / 20));
        var busy = effects.Placing.Where(effect => effect.Concerns is null).Select(effect => effect.Partner).ToHashSet();
        var share = Math.Max(1, (workers - 2 * tenth - former - tenth * (effects.Present.Count - busy.Count)) / busy.Count);
        return
        [
            new(Queues.Critical, [Queues.Critical], tenth),
            new(Queues.Orders, [Queues.Orders], tenth),
            .. effects.Present.Select(partner =>
                Of(partner, settings.GetValueOrDefault(partner.Name), busy.Contains(partner) ? share : tenth)),
            new(Queues.Default, [Queues.Default], former),
        ];
    }

    private static QueueGroup Of(Partner partner, PartnerOptions? its, int share) =>
        new(partner.Name, partner.Queues, its is { Workers: > 0 and var own } ? own : share, its?.Limit, its?.LongestCall ?? default);

    /// <summary>All queues, urgent ones before normal ones and those before later ones.</summary>
    public static string[] InOrder(IReadOnlyList<QueueGroup> groups) =>
        [.. groups.SelectMany(group => group.Queues.Select((queue, place) => (queue, place))).OrderBy(one => one.place)
            .Select(one => one.queue)];
}
