using Storefront.Sandbox.Partners;

namespace Storefront.Sandbox.Control;

/// <param name="Received">Requests since this process started, whatever came of them.</param>
/// <param name="Accepted">What was accepted, ever.</param>
/// <param name="Repeats">What was received again under a key that was accepted before, and not done twice.</param>
internal sealed record Counters(long Received, int Accepted, int Repeats)
{
    public static Counters Of(PartnerWorld world, string partner) => partner switch
    {
        "inventory" => Of(world, partner, [.. world.Warehouse.List().Select(one => one.Deliveries)]),
        "email" => Of(world, partner, [.. world.Mails.All().Select(one => one.Deliveries)]),
        "loyalty" => Of(world, partner, [.. world.Points.All().SelectMany(entry => new[] { entry.Deliveries, entry.Reversals })]),
        _ => Of(world, partner, [.. world.Events.All().Select(one => one.Deliveries)]),
    };

    private static Counters Of(PartnerWorld world, string partner, IReadOnlyList<int> deliveries)
    {
        // A reservation that was released before it was asked for has no delivery, and points that were not reversed no reversal.
        var accepted = deliveries.Count(times => times > 0);
        return new(world.Faults.Of(partner).Received, accepted, deliveries.Sum() - accepted);
    }
}
