using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.Inventory;
using Storefront.Web.Cart;
using Storefront.Web.Catalog;
using Storefront.Web.Pages.Shared;

namespace Storefront.Web.Pages;

public sealed class IndexModel(Catalogue catalogue, Inventory inventory) : PageModel
{
    private const int PageSize = 24;

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Category { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Sort { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    public IReadOnlyList<CategoryCount> Categories { get; private set; } = [];
    public IReadOnlyList<Card> Cards { get; private set; } = [];
    public string? Next { get; private set; }
    public bool Filtered => !string.IsNullOrWhiteSpace(Q) || Category is not null;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        Categories = await catalogue.CategoriesAsync(cancel);
        var page = await catalogue.PageAsync(new CatalogueQuery(Q, Category, Sort, After, PageSize), cancel);
        var stock = await inventory.StockAsync([.. page.Products.Select(product => product.Sku)], cancel);
        Cards = [.. page.Products.Select((product, at) => new Card(product, stock.Of(product.Sku), Eager: at < 4))];
        Next = page.Next;
    }
}
