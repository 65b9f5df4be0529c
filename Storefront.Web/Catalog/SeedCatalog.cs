using Microsoft.EntityFrameworkCore;
using Storefront.Web.Database;

namespace Storefront.Web.Catalog;

/// <summary>Fills an empty catalogue with the shop's own sample goods, by the same way a shop's own catalogue comes in.</summary>
public sealed class SeedCatalog(ShopDb db, ImportCatalog import)
{
    public async Task SeedIfEmptyAsync(CancellationToken cancel)
    {
        if (await db.Products.AnyAsync(cancel)) return;
        await using var seed = typeof(SeedCatalog).Assembly.GetManifestResourceStream("seed.csv")!;
        using var words = new StringWriter(System.Globalization.CultureInfo.InvariantCulture);
        if (await import.RunAsync(seed, words, cancel) != 0) throw new InvalidOperationException($"The sample catalogue is not valid: {words}");
    }
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
