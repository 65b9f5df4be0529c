using Storefront.Web.Catalog;

namespace Storefront.Web.Cart;

/// <summary>A cart as the shopper sees it.</summary>
public sealed record PricedCart(IReadOnlyList<PricedLine> Lines)
{
    public string Currency => Lines.FirstOrDefault(line => line.Product is not null)?.Product!.Currency ?? "EUR";

    /// <summary>Of what the catalogue still has.</summary>
    public decimal Total => Lines.Sum(line => line.Total ?? 0);

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
