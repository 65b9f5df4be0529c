using Storefront.Jobs.Analytics;
using Storefront.Jobs.Email;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs;

/// <summary>Every effect of an order, and when it is due. A new partner is a folder of its own and lines here.</summary>
public static class OrderEffects
{
    private static readonly Effect Release = Effect.Of<ReleaseStock>(Effects.StockRelease, InventoryRegistration.Partner, Queues.Critical);

    public static readonly EffectCatalogue Catalogue = new(
        placing:
        [
            Effect.Of<SendOrderConfirmation>(Effects.OrderConfirmation, EmailRegistration.Partner),
            Effect.Of<TrackOrderPlaced>(Effects.OrderPlacedEvent, AnalyticsRegistration.Partner),
            Effect.Of<SendReviewRequest>(Effects.ReviewRequest, EmailRegistration.Partner, after: TimeSpan.FromDays(14)),
        ],
        cancelling:
        [
            Release,
            Effect.Of<SendOrderCancellation>(Effects.OrderCancellation, EmailRegistration.Partner),
            Effect.Of<TrackOrderCancelled>(Effects.OrderCancelledEvent, AnalyticsRegistration.Partner),
        ],
        release: Release,
        apology: Effect.Of<SendOrderApology>(Effects.OrderApology, EmailRegistration.Partner),
        link: Effect.Of<SendOrderLink>(Effects.OrderLink, EmailRegistration.Partner, Queues.Critical));
}
