using Storefront.Jobs.Analytics;
using Storefront.Jobs.Email;
using Storefront.Jobs.Inventory;

namespace Storefront.Jobs.Placing;

/// <summary>What each turn of an order's life brings about. A new partner is a folder of its own and a line here.</summary>
internal static class EffectsOf
{
    public static readonly IReadOnlyList<Effect> Placing =
    [
        Effect.Of<SendOrderConfirmation>(Effects.OrderConfirmation, keyLife: Post.KeyLife),
        Effect.Of<TrackOrderPlaced>(Effects.OrderPlacedEvent),
        Effect.Of<SendReviewRequest>(Effects.ReviewRequest, after: TimeSpan.FromDays(14), keyLife: Post.KeyLife),
    ];

    public static readonly IReadOnlyList<Effect> Cancelling =
    [
        Effect.Of<ReleaseStock>(Effects.StockRelease, Queues.Critical),
        Effect.Of<SendOrderCancellation>(Effects.OrderCancellation, keyLife: Post.KeyLife),
        Effect.Of<TrackOrderCancelled>(Effects.OrderCancelledEvent),
    ];

    /// <summary>Not of an order's life, but of a shopper who has lost sight of it.</summary>
    public static readonly Effect Finding = Effect.Of<SendOrderLink>(Effects.OrderLink, Queues.Critical, keyLife: Post.KeyLife);

    private static readonly Effect Apology = Effect.Of<SendOrderApology>(Effects.OrderApology, keyLife: Post.KeyLife);
    private static readonly Effect Release = Effect.Of<ReleaseStock>(Effects.StockRelease, Queues.Critical);

    private static readonly Dictionary<string, Effect> ByName = ((Effect[])[.. Placing, .. Cancelling, Finding, Apology]).ToDictionary(effect => effect.Name);

    /// <summary>Every effect there is.</summary>
    public static IEnumerable<Effect> All => ByName.Values;

    public static IEnumerable<string> Names => ByName.Keys;

    public static IReadOnlyList<Effect> Refusing(bool release, bool apologise) => (release, apologise) switch
    {
        (true, true) => [Release, Apology],
        (true, false) => [Release],
        (false, true) => [Apology],
        (false, false) => [],
    };

    /// <exception cref="KeyNotFoundException">No effect has this name.</exception>
    public static Effect Named(string name) => ByName[name];
}
