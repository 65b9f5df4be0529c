using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.Extensions;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Orders;
using Storefront.Web.Api.Contract;
using Storefront.Web.Cart;
using Storefront.Web.Catalog;
using Storefront.Web.Security;

namespace Storefront.Web.Api;

internal static class ProductsApi
{
    private const int DefaultLimit = 100;
    private const int MostLimit = 500;

    public const string Tag = "Products";

    public static void MapProducts(this RouteGroupBuilder api) => api
        .MapGet("/products", ListAsync).WithTags(Tag).WithName("ListProducts").WithSummary("The catalogue, page by page")
        .WithDescription("Follow the header Link with rel=next for more. `available` is null when the stock is unknown.")
        .Answers(200, "One page of products.", Examples.Products, AnswerHeader.Link)
        .Refuses(ProblemKind.ValidationFailed).NeedsScope(ApiScope.ReadProducts);

    private static async Task<IResult> ListAsync(
        [Description("Words that each begin a word of the product."), MaxLength(1000)] string? q,
        [Description("The name of a category, as the products say it."), MaxLength(100)] string? category,
        [Description("Where the last page ended, as its header Link says."), MaxLength(1000)] string? after,
        [Description("How many products a page has at most."), WholeNumber(1, MostLimit, DefaultLimit)] string? limit,
        Catalogue catalogue, Inventory inventory, HttpContext http, CancellationToken cancel)
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
            product.Price.WithDecimalsOf(product.Currency), product.Currency, product.ImageUrl,
            stock.Of(product.Sku) is { } left ? Math.Max(0, left) : null)));
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

/// <param name="Sku">What orders call the product.</param>
/// <param name="Name">One line.</param>
/// <param name="Description">May be empty, and may have line breaks.</param>
/// <param name="Category">Each product is in one.</param>
/// <param name="Price">What one costs.</param>
/// <param name="Currency">The currency of <c>price</c>.</param>
/// <param name="ImageUrl">A path on this site; null: no picture.</param>
/// <param name="Available">What Inventory has left; null when it cannot say.</param>
internal sealed record ProductBody(
    [property: StringLength(64, MinimumLength = 1)] string Sku,
    [property: StringLength(200, MinimumLength = 1)] string Name,
    [property: StringLength(4000)] string Description,
    [property: StringLength(100, MinimumLength = 1)] string Category,
    [property: Range(typeof(decimal), "0", OrderBody.HighestPrice, MinimumIsExclusive = true)] decimal Price,
    [property: CurrencyCode] string Currency,
    [property: StringLength(500, MinimumLength = 1)] string? ImageUrl,
    [property: Range(0, int.MaxValue)] int? Available);
