namespace Storefront.Web.Checkout;

/// <summary>Turns what a shopper asked for into an order. The shopper waits for one partner only: Inventory.</summary>
public sealed class Checkout
{
    public Task<CheckoutResult> PlaceAsync(CheckoutRequest request, CancellationToken cancel) => throw new NotSupportedException();
}
