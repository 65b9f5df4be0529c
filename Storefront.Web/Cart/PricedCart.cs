using Storefront.Jobs.Orders;
using Storefront.Web.Checkout;
using Storefront.Web.Database;

namespace Storefront.Web.Cart;

/// <summary>A cart as the shopper sees it.</summary>
/// <param name="Currency">The shop's, in which every product is sold.</param>
public sealed record PricedCart(IReadOnlyList<PricedLine> Lines, string Currency)
{
    /// <summary>Of what the catalogue still has.</summary>
    public decimal Total => Lines.Sum(line => line.Total ?? 0).WithDecimalsOf(Currency);

    /// <summary>True when somebody was shown another price for the same content.</summary>
    public bool DiffersFrom(SeenPrice? seen) => seen is not null && (seen.Total != Total || seen.Currency != Currency);

    public bool CanBeOrdered => Lines.Count > 0 && Lines.All(line => line.Product is not null);
}

/// <param name="Product">Null when it has left the catalogue since it was put in the cart.</param>
/// <param name="Available">Null when Inventory was not asked or cannot say.</param>
public sealed record PricedLine(CartLine Line, Product? Product, int? Available)
{
    public string Sku => Line.Sku;
    public int Quantity => Line.Quantity;
    public string Name => Product?.Name ?? Sku;
    public decimal? Total => Product?.Price * Quantity;
    public bool IsShort => Available < Quantity;
}
