using Storefront.Jobs.Orders;

namespace Storefront.Web.Checkout;

/// <summary>What a shopper may decide. Prices, status and owner are not among it.</summary>
/// <param name="IdempotencyKey">1 to 255 visible ASCII characters, made before the button was pressed.</param>
/// <param name="Lines">1 to 1000, each SKU once, quantities from 1 to 100,000.</param>
public sealed record CheckoutRequest(string IdempotencyKey, string Email, string Name, Address Address, IReadOnlyList<RequestedLine> Lines)
{
    /// <summary>What the shopper was shown. An order at another price is not placed.</summary>
    public SeenPrice? Seen { get; init; }

    /// <summary>The account of whoever is signed in; null: nobody is.</summary>
    public Guid? Account { get; init; }

    /// <summary>It came with an API key: an admin knows who places it, and for whom.</summary>
    public bool IsOfKnownProgram { get; init; }
}

/// <param name="Total">Null: any.</param>
/// <param name="Currency">ISO 4217. Null: the shop's.</param>
public sealed record SeenPrice(decimal? Total, string? Currency);

public sealed record RequestedLine(string Sku, int Quantity);
