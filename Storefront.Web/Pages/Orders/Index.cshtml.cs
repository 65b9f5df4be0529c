using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue.Gates;
using Storefront.Web.Cart;
using Storefront.Web.Pages.Shared;

namespace Storefront.Web.Pages.Orders;

/// <summary>Whoever knows the key may see the order, so nothing may keep or index the page.</summary>
public sealed class IndexModel(
    OrderStore orders, CartCookie cookie, PartnerGates gates, EffectCatalogue effects, TimeProvider clock) : PageModel
{
    /// <summary>By name: telling off everybody would count as a fault with those who check pages, and it is these who index.</summary>
    private static readonly string[] NotToBeFoundBy = ["googlebot: noindex", "bingbot: noindex", "duckduckbot: noindex", "yandex: noindex",
        "baiduspider: noindex"];

    /// <summary>The order's key.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public Order Order { get; private set; } = null!;
    public OrderProgress Progress { get; private set; } = null!;
    public string Face => OrderEvents.Face(Order);
    public Problem? Problem { get; private set; }
    public bool MayBeCancelled =>
        Order.Status == OrderStatus.Placed && clock.GetUtcNow() - Order.PlacedAt < OrderStore.ShoppersMayCancelWithin;

    public bool NeverPlaced => Order.Status is OrderStatus.Rejected or OrderStatus.Failed;

    private bool MailWaits =>
        effects.PartnerOf(EffectNames.OrderConfirmation).Name is var email && (!gates.IsOpen(email) || gates.IsHeld(email));

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (await orders.FindByKeyAsync(Id, cancel) is not { } order) return NotFound();
        (Order, Progress) = (order, OrderProgress.Of(order, clock.GetUtcNow(), MailWaits));
        Response.Headers["X-Robots-Tag"] = NotToBeFoundBy;
        return Page();
    }

    public async Task<IActionResult> OnPostCancelAsync(CancellationToken cancel)
    {
        switch (await orders.CancelByKeyAsync(Id, cancel))
        {
            case Cancelled.Done: return new SeeOther($"~/orders/{Id}");
            case Cancelled.TooLate(var why): Problem = new Problem("This order cannot be cancelled any more", why, []); break;
            default: return NotFound();
        }

        Response.StatusCode = StatusCodes.Status409Conflict;
        return await OnGetAsync(cancel);
    }

    /// <summary>Puts what could not be ordered back into the cart, where there is room.</summary>
    public async Task<IActionResult> OnPostAgainAsync(CancellationToken cancel)
    {
        if (await orders.FindByKeyAsync(Id, cancel) is not { } order) return NotFound();
        var cart = order.Lines.Where(line => cookie.Cart.Find(line.Sku) is null).Take(ShoppingCart.MaxLines - cookie.Cart.Lines.Count)
            .Aggregate(cookie.Cart, (filling, line) => filling.Set(line.Sku, line.Quantity));
        cookie.TryKeep(cart);
        return new SeeOther(Url.Page("/Cart")!);
    }
}
