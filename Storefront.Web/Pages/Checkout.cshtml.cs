using System.Security.Claims;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.Orders;
using Storefront.Web.Cart;
using Storefront.Web.Checkout;

namespace Storefront.Web.Pages;

public sealed class CheckoutModel(Checkout.Checkout checkout, CartCookie cookie, CartPrices prices) : PageModel
{
    [BindProperty]
    public CheckoutForm Form { get; set; } = new();

    public PricedCart Priced { get; private set; } = null!;
    public CheckoutSetback? Setback { get; private set; }

    /// <summary>Set while the same order is being worked on for another click.</summary>
    public TimeSpan? AskAgainAfter { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        Form.Email = User.FindFirstValue(ClaimTypes.Email);
        return cookie.Cart.IsEmpty ? RedirectToPage("/Cart") : await ShowAsync(cancel);
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        // A second click that arrives after the first was answered finds the cart empty: it belongs to the order that emptied it.
        if (cookie.Cart.LastOrder is { } last && last.CheckoutKey == Form.Key) return new SeeOther($"/orders/{last.OrderId}");
        if (cookie.Cart.IsEmpty) return new SeeOther(Url.Page("/Cart")!);
        if (cookie.Cart.CheckoutKey != Form.Key) return await ShowAgainAsync(CheckoutSetback.CartChanged, cancel);

        return await checkout.PlaceAsync(Form.Order(cookie.Cart), cancel) switch
        {
            CheckoutResult.Placed placed => ShowOrder(placed.Order),
            CheckoutResult.Confirming confirming => ShowOrder(confirming.Order),
            CheckoutResult.Ended { Order: { Status: OrderStatus.Cancelled } cancelled } => ShowOrder(cancelled),
            CheckoutResult.InProgress busy => await WaitAsync(busy.RetryAfter, cancel),
            var setback => await ShowAgainAsync(CheckoutSetback.Of(setback, cookie.Cart), cancel),
        };
    }

    /// <summary>One click after a shortage: the quantity that is left, and everything that was typed kept.</summary>
    public async Task<IActionResult> OnPostAdjustAsync(string sku, int quantity, CancellationToken cancel)
    {
        if (quantity is < 0 or > ShoppingCart.MaxQuantity) return BadRequest();
        if (cookie.Cart.Find(sku) is not null) cookie.Keep(cookie.Cart.Set(sku, quantity));
        return cookie.Cart.IsEmpty ? new SeeOther(Url.Page("/Cart")!) : await ShowAsync(cancel);
    }

    private SeeOther ShowOrder(Order order)
    {
        cookie.Keep(cookie.Cart.Became(order.Id));
        return new SeeOther($"/orders/{order.Id}");
    }

    private Task<IActionResult> WaitAsync(TimeSpan after, CancellationToken cancel)
    {
        AskAgainAfter = after;
        return ShowAsync(cancel);
    }

    private Task<IActionResult> ShowAgainAsync(CheckoutSetback setback, CancellationToken cancel)
    {
        Setback = setback;
        Response.StatusCode = setback.StatusCode;
        if (!setback.KeepsKey) cookie.Keep(cookie.Cart.Renew());
        return ShowAsync(cancel);
    }

    private async Task<IActionResult> ShowAsync(CancellationToken cancel)
    {
        Form.Key = cookie.Cart.CheckoutKey;
        Priced = await prices.PriceAsync(cookie.Cart, cancel);
        return Page();
    }
}
