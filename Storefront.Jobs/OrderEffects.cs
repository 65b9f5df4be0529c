using Storefront.Jobs.Analytics;
using Storefront.Jobs.Email;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Loyalty;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs;

/// <summary>Every effect of an order, and when it is due. How to add a partner: docs/adding-a-partner.md.</summary>
public static class OrderEffects
{
    private static readonly Effect Release = Effect.Of<ReleaseStock>(EffectNames.StockRelease, InventoryRegistration.Partner,
        Urgency.Urgent);

    public static readonly EffectCatalogue Catalogue = new(
        placing:
        [
            Effect.Of<SendOrderConfirmation>(EffectNames.OrderConfirmation, EmailRegistration.Partner),
            Effect.Of<TrackOrderPlaced>(EffectNames.OrderPlacedEvent, AnalyticsRegistration.Partner),
            Effect.Of<CreditPoints>(LoyaltyPoints.Credited, LoyaltyRegistration.Partner) with { Concerns = LoyaltyPoints.AreFor },
            Effect.Of<SendReviewRequest>(EffectNames.ReviewRequest, EmailRegistration.Partner, Urgency.Later, TimeSpan.FromDays(14)),
        ],
        cancelling:
        [
            Release,
            Effect.Of<SendOrderCancellation>(EffectNames.OrderCancellation, EmailRegistration.Partner, Urgency.Urgent),
            Effect.Of<TrackOrderCancelled>(EffectNames.OrderCancelledEvent, AnalyticsRegistration.Partner),
            Effect.Of<ReversePoints>(LoyaltyPoints.Reversed, LoyaltyRegistration.Partner) with { Reverses = LoyaltyPoints.Credited },
        ],
        release: Release,
        apology: Effect.Of<SendOrderApology>(EffectNames.OrderApology, EmailRegistration.Partner),
        link: Effect.Of<SendOrderLink>(EffectNames.OrderLink, EmailRegistration.Partner, Urgency.Urgent));
}
