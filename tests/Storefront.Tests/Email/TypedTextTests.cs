using Storefront.Jobs.Email;

namespace Storefront.Tests.Email;

public sealed class TypedTextTests
{
    [Theory]
    [InlineData("Ada Lovelace")]
    [InlineData("J.R.R. Tolkien")]
    [InlineData("Dr. Anne-Marie O'Neil, Jr.")]
    [InlineData("Zoë van 't Hoff")]
    [InlineData("李小龍")]
    [InlineData("Łukasz Żółć")]
    [InlineData("María de los Ángeles López García")]
    public void A_name_stands_in_mails_as_it_was_typed(string name) => TypedText.IsName(name).ShouldBeTrue();

    [Theory]
    [InlineData("Win 1000 EUR at evil.example")]
    [InlineData("https://evil.example/?x")]
    [InlineData("evil。example")]
    [InlineData("www evil")]
    [InlineData("you@evil.example")]
    [InlineData("CHEAP PILLS! call now")]
    [InlineData("Call 0800 123456")]
    [InlineData("buy our very cheap watches today and save a lot")]
    [InlineData("evil.example")]
    [InlineData("You won. Claim it at x.com")]
    [InlineData("x\u200B.com")]
    [InlineData("x\u2024com")]
    [InlineData("xn--80ak6aa92e.com")]
    public void What_is_no_name_does_not(string name) => TypedText.IsName(name).ShouldBeFalse();

    [Theory]
    [InlineData(null)]
    [InlineData("12 St James's Square")]
    [InlineData("Frankfurt a.M.")]
    [InlineData("Flat 2.5, c/o Miller")]
    [InlineData("Unit 1204, 1600 Pennsylvania Ave NW")]
    [InlineData("丸の内1丁目9-1")]
    [InlineData("123456")]
    public void A_line_of_an_address_stands_in_mails_as_it_was_typed(string? line) => TypedText.IsAddressLine(line).ShouldBeTrue();

    [Theory]
    [InlineData("see http://evil.example")]
    [InlineData("evil.example")]
    [InlineData("mail me@evil.example")]
    [InlineData("g.co/prize")]
    [InlineData("192.0.2.7/pay")]
    [InlineData("evil\u2060.example")]
    [InlineData("CHEAP PILLS! Now")]
    [InlineData("Call 0900 123456 now")]
    [InlineData("+49 (0)900-123456")]
    [InlineData("you won 1000 €")]
    [InlineData("buy our very cheap watches today and save a lot of money with every single one of them")]
    public void An_offer_in_an_address_does_not(string line) => TypedText.IsAddressLine(line).ShouldBeFalse();
}
