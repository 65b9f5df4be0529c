using Storefront.Jobs.Email;

namespace Storefront.Tests.Email;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("info@müller.example", "info@xn--mller-kva.example")]
    [InlineData(" info@MÜLLER.example ", "info@xn--mller-kva.example")]
    [InlineData("info@xn--mller-kva.example", "info@xn--mller-kva.example")]
    [InlineData("почта@example.com", null)]
    [InlineData("info@例え.example", "info@xn--r8jz45g.example")]
    [InlineData("info@straße.example", "info@xn--strae-oqa.example")]
    [InlineData("info@ｍüｌｌｅｒ．ｅｘａｍｐｌｅ", "info@xn--mller-kva.example")]
    [InlineData("info@ｅｘａｍｐｌｅ.com", "info@example.com")]
    [InlineData("info@ex；ample.com", null)]
    [InlineData("Ada+shop@Example.com", "Ada+shop@Example.com")]
    [InlineData("o'hara@example.com", "o'hara@example.com")]
    [InlineData("info@mu\u0308ller.example", null)]
    [InlineData("info@mü\u00ADller.example", null)]
    [InlineData("info@mü\u200Dller.example", null)]
    [InlineData("info@müller", null)]
    [InlineData("info@-ü.example", null)]
    [InlineData("info@ü..example", null)]
    [InlineData("info@ü ü.example", null)]
    [InlineData("Ada <ada@müller.example>", null)]
    [InlineData("a@müller.example,b@müller.example", null)]
    [InlineData("a@[127.0.0.1]", null)]
    [InlineData("a@[IPv6:::1]", null)]
    [InlineData("\"<script>alert(1)</script>\"@example.com", null)]
    [InlineData("\"a b\"@example.com", null)]
    [InlineData("a@exam_ple.com", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void An_address_is_normalized_to_the_form_that_partners_accept(string? typed, string? read) =>
        EmailAddress.Read(typed).ShouldBe(read);

    [Theory]
    [InlineData("info@xn--mller-kva.example", "info@müller.example")]
    [InlineData("ada@example.com", "ada@example.com")]
    [InlineData("ada@xn--\u0001.example", "ada@xn--\u0001.example")]
    public void An_address_is_shown_with_its_international_domain(string address, string printed) =>
        EmailAddress.Print(address).ShouldBe(printed);
}
