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
    [InlineData("12 St James's Square", false)]
    [InlineData("Frankfurt a.M.", false)]
    [InlineData("Flat 2.5, c/o Miller", false)]
    [InlineData("see http://evil.example", true)]
    [InlineData("evil.example", true)]
    [InlineData("mail me@evil.example", true)]
    [InlineData("g.co/prize", true)]
    [InlineData("192.0.2.7/pay", true)]
    [InlineData("evil\u2060.example", true)]
    public void A_line_of_an_address_is_left_out_if_a_mail_program_makes_a_link_of_it(string line, bool hasLink) =>
        TypedText.HasLink(line).ShouldBe(hasLink);
}
