using System.Globalization;
using System.Net.Http.Json;
using CsvHelper;

namespace Storefront.Benchmarks;

internal sealed record Product(string Sku, string Name, decimal Price);

/// <summary>
/// What there is to buy: brought in as a shop moving in would, its catalogue by the import, its stock by Inventory's own means.
/// </summary>
internal static class Assortment
{
    private const int InStock = 100_000_000;

    public static async Task BringInAsync(RunningShop shop, IReadOnlyList<Product> products)
    {
        var file = Path.Combine(shop.Directory, "products.csv");
        await using (var csv = new CsvWriter(new StreamWriter(file), CultureInfo.InvariantCulture))
            await csv.WriteRecordsAsync(products.Select(product =>
                new { sku = product.Sku, name = product.Name, description = "", price = product.Price, currency = "GBP", category = "Gifts",
                    image = "" }));
        await shop.RunWebAsync("import", file);

        using var partners = new HttpClient { BaseAddress = shop.Partners };
        await Parallel.ForEachAsync(products, async (product, cancel) =>
            (await partners.PutAsJsonAsync($"/sandbox/stock/{Uri.EscapeDataString(product.Sku)}", new { onHand = InStock },
                cancel)).EnsureSuccessStatusCode());
    }
}
