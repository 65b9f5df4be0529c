namespace Storefront.Web.Cart;

internal static class Stock
{
    /// <summary>What is left of a SKU; null where Inventory could not be asked or does not know it.</summary>
    public static int? Of(this IReadOnlyDictionary<string, int>? stock, string sku) =>
        stock is not null && stock.TryGetValue(sku, out var left) ? left : null;
}
