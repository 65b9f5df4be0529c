using System.Globalization;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Reference;

namespace Storefront.Tests.Orders;

public sealed class MoneyTests
{
    [Theory]
    [InlineData("1250", "EUR", "€1,250.00", "EUR 1,250.00")]
    [InlineData("24.0000", "USD", "$24.00", "USD 24.00")]
    [InlineData("1200.00", "JPY", "JPY\u00a01,200", "JPY 1,200")]
    [InlineData("1.5", "KWD", "KWD\u00a01.500", "KWD 1.500")]
    [InlineData("1.5", "CLF", "CLF\u00a01.5000", "CLF 1.5000")]
    [InlineData("0", "ISK", "ISK\u00a00", "ISK 0")]
    [InlineData("12.50", "JPY", "JPY\u00a012.50", "JPY 12.50")] // It is wrong, and shown as stored.
    public void An_amount_is_written_with_the_decimals_of_its_currency(string amount, string currency, string printed, string withCode)
    {
        var value = decimal.Parse(amount, CultureInfo.InvariantCulture);
        Money.Print(value, currency).ShouldBe(printed);
        Money.PrintWithCode(value, currency).ShouldBe(withCode);
    }

    [Theory]
    [InlineData("EUR", 2)]
    [InlineData("JPY", 0)]
    [InlineData("KWD", 3)]
    [InlineData("UYW", 4)]
    [InlineData("HUF", 2)] // ISO 4217 has two decimals, although its cash has none.
    [InlineData("XCG", 2)]
    public void The_decimals_are_those_of_ISO_4217(string currency, int decimals)
    {
        Currencies.IsKnown(currency).ShouldBeTrue();
        Currencies.DecimalsOf(currency).ShouldBe(decimals);
    }

    [Theory]
    [InlineData("eur")]
    [InlineData("EURO")]
    [InlineData("XXX")]
    [InlineData("XAU")]
    [InlineData("DEM")]
    [InlineData("")]
    public void Codes_that_are_not_used_for_payment_are_not_currencies(string code) => Currencies.IsKnown(code).ShouldBeFalse();
}
