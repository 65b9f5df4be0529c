using System.Globalization;
using Storefront.Jobs.Reference;

namespace Storefront.Jobs.Orders;

/// <summary>Amounts, written the same way on pages, in mails, in the API, in events and in files.</summary>
public static class Money
{
    private static readonly Dictionary<string, string> Signs = new() { ["EUR"] = "€", ["GBP"] = "£", ["USD"] = "$" };

    /// <summary>As a price is printed: <c>€1,250.00</c>, or <c>CHF 12.50</c> where no sign is unmistakable.</summary>
    public static string Print(decimal amount, string currency) =>
        (Signs.TryGetValue(currency, out var sign) ? sign : currency + "\u00a0") + Digits(amount, currency);

    /// <summary>For readers who may not have the sign: <c>EUR 1,250.00</c>.</summary>
    public static string PrintWithCode(decimal amount, string currency) => $"{currency} {Digits(amount, currency)}";

    /// <summary>True when the amount has no more decimals than its currency.</summary>
    public static bool Fits(decimal amount, string currency) => decimal.Round(amount, Currencies.DecimalsOf(currency)) == amount;

    /// <summary>The same amount, written with the decimals of its currency: 24 euros are 24.00, 24 yen are 24. No digit is lost.</summary>
    public static decimal WithDecimalsOf(this decimal amount, string currency)
    {
        var decimals = Currencies.DecimalsOf(currency);
        return Fits(amount, currency) ? decimal.Round(amount, decimals) + new decimal(0, 0, 0, isNegative: false, (byte)decimals) : amount;
    }

    private static string Digits(decimal amount, string currency)
    {
        var exact = amount.WithDecimalsOf(currency);
        return exact.ToString($"N{exact.Scale}", CultureInfo.InvariantCulture);
    }
}
