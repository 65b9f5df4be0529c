using Storefront.Jobs.Orders;

namespace Storefront.Web.Checkout;

/// <summary>What a shopper may decide. Prices, status and owner are not among it.</summary>
/// <param name="IdempotencyKey">1 to 255 visible ASCII characters, made before the button was pressed.</param>
/// <param name="Lines">1 to 1000, each SKU once, quantities from 1 to 100,000.</param>
public sealed record CheckoutRequest(string IdempotencyKey, string Email, string Name, Address Address, IReadOnlyList<RequestedLine> Lines);

public sealed record RequestedLine(string Sku, int Quantity);
