using System.Globalization;
using Storefront.Web.Cart;

namespace Storefront.Web.Pages;

/// <summary>How many, as people type it.</summary>
internal static class QuantityInput
{
    public const string Rule = "Enter a whole number from 1 to 100,000.";

    /// <summary>0 to <see cref="ShoppingCart.MaxQuantity"/>, or null when it is no such number. Thousands may be grouped.</summary>
    public static int? Read(string? typed) =>
        int.TryParse(typed?.Trim(), NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var pieces)
            && pieces <= ShoppingCart.MaxQuantity
            ? pieces : null;
}
