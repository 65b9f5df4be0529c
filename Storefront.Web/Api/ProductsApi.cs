using Microsoft.AspNetCore.Http.Extensions;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Web.Cart;
using Storefront.Web.Catalog;
using Storefront.Web.Security;

namespace Storefront.Web.Api;

internal static class ProductsApi
{
    private const int DefaultLimit = 100;
    private const int MostLimit = 500;

    public static void MapProducts(this RouteGroupBuilder api) => api
        .MapGet("/products", ListAsync).WithTags("Products").WithName("ListProducts").WithSummary("The catalogue, page by page")
        .WithDescription("Follow the Link header with rel=next for more. `available` is null when the stock is unknown.")
        .Produces<IReadOnlyList<ProductBody>>().ProducesProblem(422).NeedsScope(ApiScope.ReadProducts);

    /// <param name="Available">What Inventory has left; null when it cannot say.</param>
    private sealed record ProductBody(
        string Sku, string Name, string Description, string Category, decimal Price, string Currency, string? ImageUrl, int? Available);

    private static async Task<IResult> ListAsync(
        string? q, string? category, string? after, string? limit, Catalogue catalogue, Inventory inventory, HttpContext http,
        CancellationToken cancel)
    {
        if (Limit(limit) is not { } most)
            return Problems.Invalid(
                new Dictionary<string, string[]> { ["limit"] = [$"Ask for 1 to {MostLimit} products."] },
                "The request is not valid.");

        var page = await catalogue.PageAsync(new CatalogueQuery(q, category, Sort: null, after, most), cancel);
        var stock = page.Products.Count > 0 ? await inventory.StockAsync([.. page.Products.Select(product => product.Sku)], cancel) : null;
        if (page.Next is { } next)
            http.Response.Headers.Link = $"<{http.Request.PathBase}{http.Request.Path}{Query(q, category, next, most)}>; rel=\"next\"";
        return Results.Ok(page.Products.Select(product => new ProductBody(
            product.Sku, product.Name, product.Description, product.Category,
            product.Price.WithDecimalsOf(product.Currency), product.Currency, product.ImageUrl, stock.Of(product.Sku))));
    }

    private static int? Limit(string? text) => text is null ? DefaultLimit
        : int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var limit)
            && limit > 0 ? Math.Min(limit, MostLimit)
        : null;

    private static string Query(string? q, string? category, string after, int limit)
    {
        var query = new QueryBuilder { { "after", after }, { "limit", limit.ToString(System.Globalization.CultureInfo.InvariantCulture) } };
        if (q is not null) query.Add("q", q);
        if (category is not null) query.Add("category", category);
        return query.ToString();
    }
}
