using Storefront.Tests.Support;

namespace Storefront.Tests.Pages;

/// <summary>One shop for all tests of its pages. They run one after another, because some break a partner for all.</summary>
[CollectionDefinition(Name)]
public sealed class ShopperSuite : ICollectionFixture<Shop>
{
    public const string Name = "shopper's pages";

    public static readonly (string, string)[] Ada =
    [
        ("email", "ada@example.com"), ("name", "Ada Lovelace"), ("address.line1", "12 St James's Square"), ("address.city", "London"),
        ("address.postalCode", "SW1Y 4JH"), ("address.country", "GB"),
    ];

    public static Visitor Visitor(Shop shop) => new(shop.Browser());

    /// <summary>The product is in stock when it is put into the cart. The test may change the stock later.</summary>
    public static async Task<Visitor> WithCartAsync(Shop shop, params (string Sku, int Quantity)[] lines)
    {
        var visitor = Visitor(shop);
        foreach (var (sku, quantity) in lines)
        {
            await shop.Partners.SetStockAsync(sku, 100_000);
            await visitor.OpenAsync($"/products/{sku}");
            await visitor.PressAsync("Add to cart", ("quantity", $"{quantity}"));
        }

        return visitor;
    }

    public static async Task<Visitor> AtCheckoutAsync(Shop shop, params (string Sku, int Quantity)[] lines) =>
        await (await WithCartAsync(shop, lines)).OpenAsync("/checkout");
}
