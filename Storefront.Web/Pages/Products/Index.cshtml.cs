using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.Inventory;
using Storefront.Web.Cart;
using Storefront.Web.Catalog;
using Storefront.Web.Database;
using Storefront.Web.Pages.Shared;

namespace Storefront.Web.Pages.Products;

public sealed class IndexModel(Catalogue catalogue, Inventory inventory, CartCookie cookie) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? Sku { get; set; }

    /// <summary>As typed, so that it can be shown again.</summary>
    [BindProperty]
    public string? Quantity { get; set; } = "1";

    public Product Product { get; private set; } = null!;
    public int? Available { get; private set; }
    public int InCart => cookie.Cart.Find(Product.Sku)?.Quantity ?? 0;
    public IReadOnlyList<Card> Neighbours { get; private set; } = [];
    public string? Wrong { get; private set; }

    public Task<IActionResult> OnGetAsync(CancellationToken cancel) => ShowAsync(cancel);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        if (await FindAsync(cancel) is not { } product) return NotFound();
        var sku = product.Sku;
        if (QuantityInput.Read(Quantity) is not (> 0 and var pieces)) Wrong = QuantityInput.Rule;
        else if (cookie.Cart.Find(sku) is null && cookie.Cart.Lines.Count == ShoppingCart.MaxLines
            || !cookie.TryKeep(cookie.Cart.Add(sku, pieces)))
            Wrong = $"Your cart is full: it has {cookie.Cart.Lines.Count:N0} different products. Order these first, or remove one.";
        else return new SeeOther(Url.Page("/Cart", new { added = sku })!);

        Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return await ShowAsync(cancel);
    }

    // Routing leaves an encoded slash (%2F) encoded, since it does not separate folders.
    private async Task<Product?> FindAsync(CancellationToken cancel) =>
        Sku is null ? null : await catalogue.FindAsync(Sku, cancel)
        ?? (Sku.Contains("%2F", StringComparison.OrdinalIgnoreCase)
            ? await catalogue.FindAsync(Sku.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), cancel)
            : null);

    private async Task<IActionResult> ShowAsync(CancellationToken cancel)
    {
        if (await FindAsync(cancel) is not { } product) return NotFound();
        var page = await catalogue.PageAsync(new CatalogueQuery(null, product.Category, null, null, Limit: 5), cancel);
        var neighbours = page.Products.Where(other => other.Sku != product.Sku).Take(4).ToList();
        var stock = await inventory.StockAsync([product.Sku, .. neighbours.Select(other => other.Sku)], cancel);
        Product = product;
        Available = stock.Of(product.Sku);
        Neighbours = neighbours.ConvertAll(other => new Card(other, stock.Of(other.Sku)));
        return Page();
    }
}
