using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;
using Storefront.Web.Api.Contract;
using Storefront.Web.Checkout;

namespace Storefront.Web.Api;

/// <summary>What a client may ask for. It cannot name a price, a status or an owner: unknown members are refused.</summary>
/// <param name="Email">
/// Where the confirmation is sent. A domain with other letters than ASCII may also be written as its owner writes it.
/// </param>
/// <param name="Name">The recipient.</param>
/// <param name="Address">Where the goods are sent.</param>
/// <param name="Lines">What is ordered, each SKU in one line only.</param>
/// <param name="ExpectedTotal">
/// What the shopper was shown, with at most as many decimals as the currency has. The order is not placed when it costs something else.
/// </param>
/// <param name="ExpectedCurrency">The currency of <c>expectedTotal</c>. Each may be given without the other.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PlaceOrderBody(
    [property: StringLength(EmailAddress.MaxLength, MinimumLength = 5), RegularExpression(EmailAddress.AsciiPattern)] string? Email,
    [property: StringLength(200, MinimumLength = 1), RegularExpression(CheckoutRules.ReadableText)] string? Name,
    AddressBody? Address,
    [property: MinLength(1), MaxLength(CheckoutRules.MostLines)] IReadOnlyList<LineBody?>? Lines,
    [property: Range(typeof(decimal), "0", OrderBody.HighestTotal)] decimal? ExpectedTotal = null,
    [property: CurrencyCode] string? ExpectedCurrency = null);

/// <param name="Line1">Street and number.</param>
/// <param name="Country">The country.</param>
/// <param name="Line2">A second line, for example the flat.</param>
/// <param name="PostalCode">Required where every address has one.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AddressBody(
    [property: StringLength(200, MinimumLength = 1), RegularExpression(CheckoutRules.ReadableText)] string? Line1,
    [property: StringLength(100, MinimumLength = 1), RegularExpression(CheckoutRules.ReadableText)] string? City,
    [property: CountryCode] string? Country,
    [property: StringLength(200, MinimumLength = 1), RegularExpression(CheckoutRules.ReadableText)] string? Line2 = null,
    [property: StringLength(20, MinimumLength = 1), RegularExpression(CheckoutRules.ReadableText)] string? PostalCode = null);

/// <param name="Sku">As the catalogue writes it.</param>
/// <param name="Quantity">How many.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LineBody(
    [property: StringLength(64, MinimumLength = 1), RegularExpression(CheckoutRules.ReadableText)] string? Sku,
    [property: Range(1, CheckoutRules.MostOfOne)] int? Quantity);

/// <param name="Id">The key to the order: whoever knows it sees the order and may cancel it. Give it to nobody but the shopper.</param>
/// <param name="Reference">What the shop, its partners and its staff call the order. It opens nothing.</param>
/// <param name="Number">What people say on the telephone. It opens nothing.</param>
/// <param name="Status">
/// <c>reserving</c>: Inventory has not given a definite answer yet. <c>placed</c>: the stock is held. <c>rejected</c>: Inventory said no.
/// <c>failed</c>: Inventory could not be asked. <c>cancelled</c>: it was placed, and the stock is given back.
/// </param>
/// <param name="PlacedAt">Null until the order is placed.</param>
/// <param name="Total">What all lines cost together.</param>
/// <param name="Currency">The currency of all amounts of this order.</param>
/// <param name="Lines">What was ordered.</param>
/// <param name="Deliveries">What the order brings about at the shop's partners, and how far it is.</param>
public sealed record OrderBody(
    Guid Id, Guid Reference,
    [property: Range(1, OrderBody.HighestNumber)] long Number,
    OrderStatus Status, DateTimeOffset? PlacedAt,
    [property: Range(typeof(decimal), "0", OrderBody.HighestTotal)] decimal Total,
    [property: CurrencyCode] string Currency,
    [property: MinLength(1), MaxLength(CheckoutRules.MostLines)] IReadOnlyList<OrderLineBody> Lines,
    IReadOnlyList<DeliveryBody> Deliveries)
{
    /// <summary>The most lines of the most at the highest price.</summary>
    internal const string HighestTotal = "999999999999000000";

    /// <summary>Of a catalogue that was imported.</summary>
    internal const string HighestPrice = "9999999999.99";

    /// <summary>Up to here, every language reads a JSON number exactly.</summary>
    internal const double HighestNumber = 9_007_199_254_740_991;

    public static OrderBody Of(Order order) => new(
        order.Key, order.Id, order.Number, order.Status, order.PlacedAt, order.Total, order.Currency,
        [.. order.Lines.Select(line => new OrderLineBody(line.Sku, line.Name, line.Quantity, line.UnitPrice))],
        [.. order.Deliveries.OrderBy(delivery => delivery.DueAt).ThenBy(delivery => delivery.Effect, StringComparer.Ordinal)
            .Select(DeliveryBody.Of)]);
}

/// <param name="Sku">As the catalogue writes it.</param>
/// <param name="Name">The product's name when it was ordered.</param>
/// <param name="Quantity">How many.</param>
/// <param name="UnitPrice">What one costs.</param>
public sealed record OrderLineBody(
    [property: StringLength(64, MinimumLength = 1)] string Sku,
    [property: StringLength(200, MinimumLength = 1)] string Name,
    [property: Range(1, CheckoutRules.MostOfOne)] int Quantity,
    [property: Range(typeof(decimal), "0", OrderBody.HighestPrice)] decimal UnitPrice);

/// <param name="Effect">For example <c>order-confirmation</c>. There may be new ones at any time.</param>
/// <param name="State">
/// <c>pending</c>: not accepted by the partner yet. <c>delivered</c>: accepted. <c>dead</c>: given up, a person looks at it.
/// <c>cancelled</c>: withdrawn.
/// </param>
/// <param name="Attempts">How often the partner was called.</param>
/// <param name="DeliveredAt">Null until it is delivered.</param>
/// <param name="NextAttemptAt">When it is due or will be tried again; null when nothing is left to do.</param>
public sealed record DeliveryBody(
    [property: StringLength(50, MinimumLength = 1)] string Effect,
    DeliveryState State,
    [property: Range(0, int.MaxValue)] int Attempts,
    DateTimeOffset? DeliveredAt, DateTimeOffset? NextAttemptAt)
{
    public static DeliveryBody Of(Delivery delivery) => new(
        delivery.Effect, delivery.State, delivery.Attempts, delivery.DeliveredAt,
        delivery.State == DeliveryState.Pending ? delivery.NextAttemptAt ?? delivery.DueAt : null);
}
