using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Web.Database;

namespace Storefront.Web.Catalog;

/// <summary>Reads what the shop sells. A product priced in another currency than the shop's is not sold, and not shown.</summary>
public sealed class Catalogue(ShopDb db, IOptions<ShopOptions> shop)
{
    private readonly string currency = shop.Value.Currency;

    private IQueryable<Product> Sold => db.Products.AsNoTracking().Where(product => product.Active && product.Currency == currency);

    /// <summary>Products that would be sold if their prices were in the shop's currency.</summary>
    public Task<int> CountInOtherCurrencyAsync(CancellationToken cancel) =>
        db.Products.CountAsync(product => product.Active && product.Currency != currency, cancel);

    public Task<Product?> FindAsync(string sku, CancellationToken cancel) =>
        Sold.SingleOrDefaultAsync(product => product.Sku == sku, cancel);

    /// <summary>By SKU; without those the shop does not sell.</summary>
    public Task<Dictionary<string, Product>> FindAllAsync(IReadOnlyCollection<string> skus, CancellationToken cancel) =>
        Sold.Where(product => skus.Contains(product.Sku)).ToDictionaryAsync(product => product.Sku, cancel);

    public async Task<IReadOnlyList<CategoryCount>> CategoriesAsync(CancellationToken cancel) =>
        await Sold.GroupBy(product => product.Category)
            .Select(group => new { group.Key, First = group.Min(product => product.Position), Count = group.Count() })
            .OrderBy(group => group.First).Select(group => new CategoryCount(group.Key, group.Count)).ToListAsync(cancel);

    /// <summary>One page, by key rather than by number: as fast on the last page as on the first, and no product twice.</summary>
    public async Task<CataloguePage> PageAsync(CatalogueQuery query, CancellationToken cancel)
    {
        var products = Sold;
        if (query.Category?.Contains('\0', StringComparison.Ordinal) == true) return new([], null); // Postgres knows no such text
        if (query.Category is { Length: > 0 } category) products = products.Where(product => product.Category == category);
        if (SearchWords(query.Q) is { } words)
            products = products.Where(product => product.Words.Matches(EF.Functions.ToTsQuery("simple", words)));

        // One more than asked for tells whether there is a next page.
        var page = await After(products, query).Take(query.Limit + 1).ToListAsync(cancel);
        var next = page.Count > query.Limit ? Cursor(page[query.Limit - 1], query.Sort) : null;
        return new(page.Take(query.Limit).ToList(), next);
    }

    private static IQueryable<Product> After(IQueryable<Product> products, CatalogueQuery query)
    {
        var (key, sku) = Parse(query.After);
        switch (query.Sort)
        {
            case CatalogueQuery.ByName:
                if (key is not null)
                    products = products.Where(p => EF.Functions.GreaterThan(ValueTuple.Create(p.Name, p.Sku), ValueTuple.Create(key, sku)));
                return products.OrderBy(p => p.Name).ThenBy(p => p.Sku);
            case CatalogueQuery.ByPrice:
                if (ParsePrice(key) is { } above)
                    products =
                        products.Where(p => EF.Functions.GreaterThan(ValueTuple.Create(p.Price, p.Sku), ValueTuple.Create(above, sku)));
                return products.OrderBy(p => p.Price).ThenBy(p => p.Sku);
            case CatalogueQuery.ByPriceDown:
                if (ParsePrice(key) is { } below)
                    products = products.Where(p => EF.Functions.LessThan(ValueTuple.Create(p.Price, p.Sku), ValueTuple.Create(below, sku)));
                return products.OrderByDescending(p => p.Price).ThenByDescending(p => p.Sku);
            default:
                if (int.TryParse(key, NumberStyles.Integer, CultureInfo.InvariantCulture, out var position))
                    products = products.Where(
                        p => EF.Functions.GreaterThan(ValueTuple.Create(p.Position, p.Sku), ValueTuple.Create(position, sku)));
                return products.OrderBy(p => p.Position).ThenBy(p => p.Sku);
        }
    }

    private static decimal? ParsePrice(string? key) =>
        decimal.TryParse(key, NumberStyles.Number, CultureInfo.InvariantCulture, out var price) ? price : null;

    // Where the last page ended. A cursor that makes no sense begins at the beginning.
    private static string Cursor(Product last, string? sort)
    {
        var key = sort switch
        {
            CatalogueQuery.ByName => last.Name,
            CatalogueQuery.ByPrice or CatalogueQuery.ByPriceDown => last.Price.ToString(CultureInfo.InvariantCulture),
            _ => last.Position.ToString(CultureInfo.InvariantCulture),
        };
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{key}\n{last.Sku}"));
    }

    private static (string? Key, string Sku) Parse(string? cursor) =>
        Base64Url.IsValid(cursor) && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) is var text
        && !text.Contains('\0', StringComparison.Ordinal) && text.Split('\n', 2) is [var key, var sku] ? (key, sku) : (null, "");

    // Every word must begin a word of the product: "bru" finds the brush while it is typed.
    private static string? SearchWords(string? text)
    {
        var words = new string([.. (text ?? "").Select(c => char.IsLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(10).Select(word => word + ":*").ToList();
        return words.Count > 0 ? string.Join(" & ", words) : null;
    }
}

/// <param name="Q">Words, each the beginning of one; null: all products.</param>
/// <param name="Sort">One of the constants here; anything else: as the shop arranged them.</param>
/// <param name="After">Where the last page ended, as it said.</param>
/// <param name="Limit">At least 1.</param>
public sealed record CatalogueQuery(string? Q, string? Category, string? Sort, string? After, int Limit)
{
    public const string ByName = "name";
    public const string ByPrice = "price";
    public const string ByPriceDown = "price-desc";
}

/// <param name="Next">For <see cref="CatalogueQuery.After"/>; null on the last page.</param>
public sealed record CataloguePage(IReadOnlyList<Product> Products, string? Next);

public sealed record CategoryCount(string Name, int Products);
