using Storefront.Jobs.Orders;

namespace Storefront.Web.Api.Contract;

/// <summary>One order in all its states, and one product, as the document shows them.</summary>
internal static class Examples
{
    private static readonly DateTimeOffset PlacedAt = new(2026, 11, 23, 10, 15, 0, TimeSpan.Zero);

    public static readonly PlaceOrderBody PlaceOrder = new(
        "ada@example.com", "Ada Lovelace", new AddressBody("12 St James's Square", "London", "GB", PostalCode: "SW1Y 4JH"),
        [new LineBody("MUG-OAT", 2)], ExpectedTotal: 48.00m, ExpectedCurrency: "EUR");

    public static readonly OrderBody Reserving = new(
        Guid.Parse("5f0d2b0e-9a53-4a3a-8d2c-1f2a7d1c9b11"), Guid.Parse("019ab0c4-2f6e-7c1d-9b55-3f6d1a2b4c5d"), 10_001,
        OrderStatus.Reserving, PlacedAt: null, 48.00m, "EUR", [new OrderLineBody("MUG-OAT", "Stoneware mug, oat", 2, 24.00m)], []);

    public static readonly OrderBody Placed = Reserving with
    {
        Status = OrderStatus.Placed, PlacedAt = PlacedAt,
        Deliveries =
        [
            new(EffectNames.OrderConfirmation, DeliveryState.Delivered, 1, PlacedAt.AddSeconds(1), null),
            new(EffectNames.OrderPlacedEvent, DeliveryState.Pending, 0, null, PlacedAt),
        ],
    };

    public static readonly OrderBody Cancelled = Placed with
    {
        Status = OrderStatus.Cancelled, Deliveries = [.. Placed.Deliveries,
            new(EffectNames.OrderCancellation, DeliveryState.Pending, 0, null, PlacedAt.AddMinutes(5))],
    };

    public static readonly ProductBody[] Products =
        [new("MUG-OAT", "Stoneware mug, oat", "Holds 350 ml.", "Kitchen", 24.00m, "EUR", "/products/mug.svg", 120)];
}
