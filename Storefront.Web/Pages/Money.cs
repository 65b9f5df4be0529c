using System.Globalization;

namespace Storefront.Web.Pages;

internal static class Money
{
    private static readonly Dictionary<string, string> Signs = new() { ["EUR"] = "€", ["GBP"] = "£", ["USD"] = "$" };

    /// <summary>As a price is printed: <c>€1,250.00</c>, or <c>CHF 12.50</c> where no sign is unmistakable.</summary>
    public static string Print(decimal amount, string currency) => string.Create(
        CultureInfo.InvariantCulture, $"{(Signs.TryGetValue(currency, out var sign) ? sign : currency + "\u00a0")}{amount:N2}");
}
