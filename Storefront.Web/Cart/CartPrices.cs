using Microsoft.Extensions.Options;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Web.Catalog;

namespace Storefront.Web.Cart;

/// <summary>What a cart costs today. The cart itself knows no price, so none in it can be old or forged.</summary>
public sealed class CartPrices(Catalogue catalogue, Inventory inventory, IOptions<ShopOptions> shop)
{
    public async Task<PricedCart> PriceAsync(ShoppingCart cart, CancellationToken cancel)
    {
        var skus = cart.Lines.ConvertAll(line => line.Sku);
        var products = await catalogue.FindAllAsync(skus, cancel);
        return new PricedCart(
            [.. cart.Lines.Select(line => new PricedLine(line, products.GetValueOrDefault(line.Sku), Available: null))],
            shop.Value.Currency);
    }

    /// <summary>Prices, and what Inventory has of each; without an answer of Inventory's, prices alone.</summary>
    public async Task<PricedCart> PriceWithStockAsync(ShoppingCart cart, CancellationToken cancel)
    {
        if (cart.IsEmpty) return new PricedCart([], shop.Value.Currency);
        var asking = inventory.StockAsync(cart.Lines.ConvertAll(line => line.Sku), cancel);
        var priced = await PriceAsync(cart, cancel);
        return await asking is { } stock
            ? priced with { Lines = [.. priced.Lines.Select(line => line with { Available = stock.Of(line.Sku) })] }
            : priced;
    }
}
