using System.Text.Json.Serialization;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Api;

/// <summary>What a client may ask for. It cannot name a price, a status or an owner: unknown members are refused.</summary>
/// <param name="ExpectedTotal">What the shopper was shown. The order is not placed when it costs something else.</param>
/// <param name="ExpectedCurrency">The currency of <paramref name="ExpectedTotal"/>, ISO 4217. Each may be given without the other.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PlaceOrderBody(
    string? Email, string? Name, AddressBody? Address, IReadOnlyList<LineBody?>? Lines,
    decimal? ExpectedTotal = null, string? ExpectedCurrency = null);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AddressBody(string? Line1, string? Line2, string? City, string? PostalCode, string? Country);

/// <param name="Quantity">1 to 100,000.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LineBody(string? Sku, int? Quantity);

/// <param name="Id">The key to the order: whoever knows it sees the order and may cancel it. Give it to nobody but the shopper.</param>
/// <param name="Reference">What the shop, its partners and its staff call the order. It opens nothing.</param>
/// <param name="Status"><c>reserving</c>, <c>placed</c>, <c>rejected</c>, <c>failed</c> or <c>cancelled</c>.</param>
/// <param name="PlacedAt">Null until the order is placed.</param>
public sealed record OrderBody(
    Guid Id, Guid Reference, long Number, string Status, DateTimeOffset? PlacedAt, decimal Total, string Currency,
    IReadOnlyList<OrderLineBody> Lines, IReadOnlyList<DeliveryBody> Deliveries)
{
    public static OrderBody Of(Order order) => new(
        order.Key, order.Id, order.Number, EnumName.Of(order.Status), order.PlacedAt, order.Total, order.Currency,
        [.. order.Lines.Select(line => new OrderLineBody(line.Sku, line.Name, line.Quantity, line.UnitPrice))],
        [.. order.Deliveries.OrderBy(delivery => delivery.DueAt).ThenBy(delivery => delivery.Effect, StringComparer.Ordinal)
            .Select(DeliveryBody.Of)]);
}

public sealed record OrderLineBody(string Sku, string Name, int Quantity, decimal UnitPrice);

/// <param name="Effect">For example <c>order-confirmation</c>.</param>
/// <param name="State"><c>pending</c>, <c>delivered</c>, <c>dead</c> or <c>cancelled</c>.</param>
/// <param name="NextAttemptAt">When it is due or will be tried again; null when nothing is left to do.</param>
public sealed record DeliveryBody(string Effect, string State, int Attempts, DateTimeOffset? DeliveredAt, DateTimeOffset? NextAttemptAt)
{
    public static DeliveryBody Of(Delivery delivery) => new(
        delivery.Effect, EnumName.Of(delivery.State), delivery.Attempts, delivery.DeliveredAt,
        delivery.State == DeliveryState.Pending ? delivery.NextAttemptAt ?? delivery.DueAt : null);
}
