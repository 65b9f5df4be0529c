using System.Security.Claims;
using System.Globalization;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Reference;
using Storefront.Web.Cart;
using Storefront.Web.Checkout;

namespace Storefront.Web.Pages;

/// <summary>What the shopper types, named as in the API's JSON. Anything may be missing: the checkout says what is wrong with it.</summary>
public sealed class CheckoutForm
{
    /// <summary>The cart the form was shown for.</summary>
    public Guid Key { get; set; }

    /// <summary>The total that the form showed, and its currency.</summary>
    public string? ExpectedTotal { get; set; }

    /// <inheritdoc cref="ExpectedTotal"/>
    public string? ExpectedCurrency { get; set; }

    /// <summary>Null when the form does not say it, or says what none of our forms can say.</summary>
    public SeenPrice? Seen =>
        decimal.TryParse(ExpectedTotal, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var total)
        && Currencies.IsKnown(ExpectedCurrency) && Money.Fits(total, ExpectedCurrency!)
            ? new(total, ExpectedCurrency) : null;

    public string? Email { get; set; }
    public string? Name { get; set; }
    public AddressForm Address { get; set; } = new();

    public CheckoutRequest Order(ShoppingCart cart, ClaimsPrincipal shopper) => new(
        Key.ToString(), Trimmed(Email), Trimmed(Name),
        new Address(
            Trimmed(Address.Line1), string.IsNullOrWhiteSpace(Address.Line2) ? null : Address.Line2.Trim(), Trimmed(Address.City),
            Trimmed(Address.PostalCode), Trimmed(Address.Country)),
        [.. cart.Lines.Select(line => new RequestedLine(line.Sku, line.Quantity))])
    {
        Seen = Seen, Account = Guid.TryParse(shopper.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null,
    };

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
