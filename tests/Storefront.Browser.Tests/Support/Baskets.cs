using Storefront.Tests.Support;

namespace Storefront.Browser.Tests.Support;

/// <summary>The first steps of many tests.</summary>
internal static class Baskets
{
    public static readonly (string, string)[] Ada =
    [
        ("Email", "ada@example.com"), ("Name", "Ada Lovelace"), ("Street and number", "12 St James's Square"), ("Postal code", "SW1Y 4JH"),
        ("Town or city", "London"),
    ];

    /// <summary>Puts this quantity into the cart, with this much in stock.</summary>
    public static async Task PutInCartAsync(this Visit visit, Shop shop, string sku, int quantity = 1, int stock = 100_000)
    {
        await shop.Partners.SetStockAsync(sku, stock);
        await visit.OpenAsync($"/products/{sku}");
        await visit.FillAsync(("Quantity", $"{quantity}"));
        await visit.PressAsync("Add to cart");
        await visit.SeesAsync("is in your cart.");
    }

    /// <summary>A shopper whose checkout form is filled in.</summary>
    public static async Task<Visit> AtCheckoutAsync(Chromium chromium, Shop shop, Device device)
    {
        var visit = await Visit.BeginAsync(chromium, shop, device);
        await visit.PutInCartAsync(shop, Goods.Mug);
        await visit.OpenAsync("/checkout");
        await visit.FillInAsync();
        return visit;
    }

    public static async Task FillInAsync(this Visit visit, string email = "ada@example.com")
    {
        await visit.FillAsync(Ada);
        await visit.Page.GetByLabel("Email").FillAsync(email);
        await visit.Page.GetByLabel("Country").SelectOptionAsync("GB");
    }

    /// <summary>Returns the path of the order.</summary>
    public static async Task<string> OrderAsync(this Visit visit, Shop shop, string sku, int quantity = 1, string email = "ada@example.com")
    {
        await visit.PutInCartAsync(shop, sku, quantity);
        await visit.OpenAsync("/checkout");
        await visit.FillInAsync(email);
        await visit.PressAsync("Place order");
        await visit.SeesAsync("Your order is placed");
        return new Uri(visit.Page.Url).AbsolutePath;
    }
}
