using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;
using Storefront.Web.Cart;
using Storefront.Web.Checkout;

namespace Storefront.Web.Pages;

/// <summary>
/// Checks the form's token itself: when the cookie that belongs to it is lost, the form is shown again as it was filled in, and nothing
/// is ordered.
/// </summary>
[IgnoreAntiforgeryToken]
public sealed class CheckoutModel(Checkout.Checkout checkout, CartCookie cookie, CartPrices prices, IAntiforgery antiforgery) : PageModel
{
    [BindProperty]
    public CheckoutForm Form { get; set; } = new();

    public PricedCart Priced { get; private set; } = null!;
    public CheckoutSetback? Setback { get; private set; }

    /// <summary>Set while the same order is being worked on for another click.</summary>
    public TimeSpan? AskAgainAfter { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        Form.Email = User.FindFirstValue(ClaimTypes.Email) is { } email ? EmailAddress.Print(email) : null;
        return cookie.Cart.IsEmpty ? RedirectToPage("/Cart") : await ShowAsync(cancel);
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        // A second click that arrives after the first was answered finds the cart empty: it belongs to the order that emptied it.
        if (cookie.Cart.LastOrder is { } last && last.CheckoutKey == Form.Key) return new SeeOther($"~/orders/{last.OrderKey}");
        if (cookie.Cart.IsEmpty) return new SeeOther(Url.Page("/Cart")!);
        if (!await antiforgery.IsRequestValidAsync(HttpContext)) return await ShowAgainAsync(CheckoutSetback.FormTooOld, cancel);
        if (cookie.Cart.CheckoutKey != Form.Key) return await ShowAgainAsync(CheckoutSetback.CartChanged, cancel);
        if (Form.Seen is null) return await ShowAgainAsync(CheckoutSetback.PriceNotShown, cancel);

        return await checkout.PlaceAsync(Form.Order(cookie.Cart, User), cancel) switch
        {
            CheckoutResult.Placed placed => ShowOrder(placed.Order),
            CheckoutResult.Confirming confirming => ShowOrder(confirming.Order),
            CheckoutResult.Ended { Order: { Status: OrderStatus.Cancelled } cancelled } => ShowOrder(cancelled),
            CheckoutResult.InProgress busy => await WaitAsync(busy.RetryAfter, cancel),
            CheckoutResult.PriceChanged => await AskAboutPriceAsync(cancel),
            var setback => await ShowAgainAsync(CheckoutSetback.Of(setback, cookie.Cart), cancel),
        };
    }

    /// <summary>One click after a shortage: the quantity that is left, and everything that was typed kept.</summary>
    public async Task<IActionResult> OnPostAdjustAsync(string sku, int? quantity, CancellationToken cancel)
    {
        if (quantity is not (>= 0 and <= ShoppingCart.MaxQuantity and var pieces)) return BadRequest();
        if (cookie.Cart.IsEmpty) return new SeeOther(Url.Page("/Cart")!);
        if (!await antiforgery.IsRequestValidAsync(HttpContext)) return await ShowAgainAsync(CheckoutSetback.FormTooOld, cancel);
        var before = await prices.PriceAsync(cookie.Cart, cancel);
        if (before.DiffersFrom(Form.Seen)) Setback = CheckoutSetback.PriceChanged(Form.Seen!, before);
        if (cookie.Cart.Find(sku) is not null) cookie.Keep(cookie.Cart.Set(sku, pieces));
        return cookie.Cart.IsEmpty ? new SeeOther(Url.Page("/Cart")!) : await ShowAsync(cancel);
    }

    private SeeOther ShowOrder(Order order)
    {
        cookie.Keep(cookie.Cart.Became(order.Key));
        return new SeeOther($"~/orders/{order.Key}");
    }

    private Task<IActionResult> WaitAsync(TimeSpan after, CancellationToken cancel)
    {
        AskAgainAfter = after;
        return ShowAsync(cancel);
    }

    private async Task<IActionResult> AskAboutPriceAsync(CancellationToken cancel) =>
        await ShowAgainAsync(CheckoutSetback.PriceChanged(Form.Seen!, await prices.PriceAsync(cookie.Cart, cancel)), cancel);

    private async Task<IActionResult> ShowAgainAsync(CheckoutSetback setback, CancellationToken cancel)
    {
        var sameCart = Form.Key == cookie.Cart.CheckoutKey;
        Response.StatusCode = setback.StatusCode;
        if (!setback.KeepsKey) cookie.Keep(cookie.Cart.Renew());
        var page = await ShowAsync(cancel);
        // Whatever else stopped the order, the shopper must know that the total has changed before confirming again.
        Setback = sameCart ? setback.With(Form.Seen, Priced) : setback;
        return page;
    }

    private async Task<IActionResult> ShowAsync(CancellationToken cancel)
    {
        Form.Key = cookie.Cart.CheckoutKey;
        Priced = await prices.PriceAsync(cookie.Cart, cancel);
        return Page();
    }
}
