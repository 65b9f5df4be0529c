using System.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Web.Cart;

namespace Storefront.Web.Pages;

public sealed class CartModel(CartCookie cookie, CartPrices prices) : PageModel
{
    public PricedCart Priced { get; private set; } = null!;

    /// <summary>What was typed and is no quantity, by SKU.</summary>
    public Dictionary<string, string> Wrong { get; } = [];

    public string? Added { get; private set; }
    public Guid? LastOrder => cookie.Cart.LastOrder?.OrderKey;

    /// <summary>The name and id of a line's field. Other characters than these mean something in an id, a link or a list of ids.</summary>
    public static string FieldOf(string sku) => "quantity-"
        + (sku.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? sku
            : "x-" + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(sku)));

    public async Task OnGetAsync(string? added, CancellationToken cancel)
    {
        Priced = await prices.PriceWithStockAsync(cookie.Cart, cancel);
        Added = Priced.Lines.FirstOrDefault(line => line.Sku == added)?.Name;
    }

    /// <summary>Every quantity that can be read is taken over, so that one slip undoes nothing else.</summary>
    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        var cart = cookie.Cart;
        foreach (var (sku, quantity) in cookie.Cart.Lines)
        {
            var typed = Request.Form[FieldOf(sku)].ToString();
            if (typed == "") continue;
            if (QuantityInput.Read(typed) is { } pieces) cart = cart.Set(sku, pieces);
            else Wrong[sku] = typed;
        }

        if (!cookie.TryKeep(cart)) return StatusCode(StatusCodes.Status413PayloadTooLarge);
        if (Wrong.Count == 0) return new SeeOther(Url.Page("/Cart")!);

        Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        Priced = await prices.PriceWithStockAsync(cart, cancel);
        return Page();
    }

    public IActionResult OnPostSet(string sku, int? quantity)
    {
        if (quantity is not (>= 0 and <= ShoppingCart.MaxQuantity and var pieces)) return BadRequest();
        if (cookie.Cart.Find(sku) is not null) cookie.Keep(cookie.Cart.Set(sku, pieces));
        return new SeeOther(Url.Page("/Cart")!);
    }
}
