using Storefront.Jobs.Orders;
using Storefront.Web.Cart;
using Storefront.Web.Checkout;

namespace Storefront.Web.Pages;

/// <summary>What the shopper types, named as in the API's JSON. Anything may be missing: the checkout says what is wrong with it.</summary>
public sealed class CheckoutForm
{
    /// <summary>The cart the form was shown for.</summary>
    public Guid Key { get; set; }

    public string? Email { get; set; }
    public string? Name { get; set; }
    public AddressForm Address { get; set; } = new();

    public CheckoutRequest Order(ShoppingCart cart) => new(
        Key.ToString(), Trimmed(Email), Trimmed(Name),
        new Address(
            Trimmed(Address.Line1), string.IsNullOrWhiteSpace(Address.Line2) ? null : Address.Line2.Trim(), Trimmed(Address.City),
            Trimmed(Address.PostalCode), Trimmed(Address.Country)),
        [.. cart.Lines.Select(line => new RequestedLine(line.Sku, line.Quantity))]);

    private static string Trimmed(string? typed) => typed?.Trim() ?? "";

    public sealed class AddressForm
    {
        public string? Line1 { get; set; }
        public string? Line2 { get; set; }
        public string? City { get; set; }
        public string? PostalCode { get; set; }
        public string? Country { get; set; }
    }
}
