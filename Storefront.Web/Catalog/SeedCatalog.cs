using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Reference;
using Storefront.Web.Database;

namespace Storefront.Web.Catalog;

/// <summary>Fills an empty catalogue with the shop's own sample goods, by the same way a shop's own catalogue comes in.</summary>
public sealed partial class SeedCatalog(ShopDb db, ImportCatalog import, IOptions<ShopOptions> shop)
{
    public async Task SeedIfEmptyAsync(CancellationToken cancel)
    {
        if (await db.Products.AnyAsync(cancel)) return;
        await using var seed = await SeedAsync(shop.Value.Currency, cancel);
        using var words = new StringWriter(CultureInfo.InvariantCulture);
        if (await import.RunAsync(seed, words, cancel) != 0)
            throw new InvalidOperationException($"The sample catalogue is not valid: {words}");
    }

    /// <summary>
    /// The sample prices in the shop's currency: the same numbers, and a hundred times as much where the currency has no decimals.
    /// </summary>
    private static async Task<Stream> SeedAsync(string currency, CancellationToken cancel)
    {
        using var reader = new StreamReader(typeof(SeedCatalog).Assembly.GetManifestResourceStream("seed.csv")!);
        var times = Currencies.DecimalsOf(currency) == 0 ? 100 : 1;
        var text = PriceInEuros().Replace(await reader.ReadToEndAsync(cancel), price =>
            $",{(decimal.Parse(price.Groups[1].Value, CultureInfo.InvariantCulture) * times).WithDecimalsOf(currency)},{currency},");
        return new MemoryStream(Encoding.UTF8.GetBytes(text));
    }

    [GeneratedRegex(@",([0-9]+\.[0-9]{2}),EUR,")]
    private static partial Regex PriceInEuros();
}

/// <summary>How much of each sample product the sandbox's Inventory has at first.</summary>
public static class SeedStock
{
    public static IReadOnlyList<(string Sku, int OnHand)> All { get; } = [.. Read()];

    private static IEnumerable<(string, int)> Read()
    {
        using var reader = new StreamReader(typeof(SeedStock).Assembly.GetManifestResourceStream("seed-stock.csv")!);
        while (reader.ReadLine() is { } line)
            if (line.Split(',') is [var sku, var onHand] && int.TryParse(onHand, out var count)) yield return (sku, count);
    }
}
