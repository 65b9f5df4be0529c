using System.Net;
using System.Text.Json;
using Storefront.Jobs.Reference;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Checkout;

namespace Storefront.Tests.Checkout;

/// <summary>Addresses in all countries, with and without a postal code, and email domains that are not in ASCII.</summary>
public sealed class WhereItGoesTests(Shop shop) : IClassFixture<Shop>
{
    [Theory]
    [InlineData("HK", null, true)]
    [InlineData("HK", "", true)]
    [InlineData("HK", "999077", true)] // Forms of other shops require such a code.
    [InlineData("AE", null, true)]
    [InlineData("IE", null, true)]
    [InlineData("IE", "D02 AF30", true)]
    [InlineData("GB", null, false)]
    [InlineData("DE", "  ", false)]
    [InlineData("US", "94103", true)]
    public async Task A_postal_code_is_required_only_where_the_country_has_them(string country, string? postalCode, bool taken)
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        var response = await shop.Http.PlaceAsync(new
        {
            email = "ada@example.com", name = "Ada",
            address = new { line1 = "1 Queen's Road Central", city = "Hong Kong", postalCode, country },
            lines = new[] { new { sku = Goods.Mug, quantity = 1 } },
        });

        if (taken) response.StatusCode.ShouldBe(HttpStatusCode.Created);
        else
            (await response.JsonAsync()).GetProperty("errors").EnumerateObject()
                .ShouldHaveSingleItem().Name.ShouldBe("address.postalCode");
    }

    [Fact]
    public async Task The_address_form_follows_the_country_without_a_script()
    {
        var visitor = await ShopperSuite.AtCheckoutAsync(shop, (Goods.Mug, 1));
        await visitor.PressAsync(
            "Place order", [.. ShopperSuite.Ada, ("email", "nobody"), ("address.postalCode", ""), ("address.country", "HK")]);
        visitor.Text.ShouldContain("Postal code (optional)");
        visitor.Page.GetElementById("address-postalCode")!.HasAttribute("required").ShouldBeFalse();
        visitor.Page.QuerySelectorAll(".problem a").Length.ShouldBe(1);

        await visitor.PressAsync("Place order", ("email", "ada@example.com"));
        visitor.Text.ShouldContain("Your order is placed");
        visitor.Text.ShouldContain("12 St James's Square London Hong Kong");
    }

    [Fact]
    public void Every_country_that_requires_a_postal_code_is_a_country_we_ship_to() =>
        PostalCodes.Required.ShouldAllBe(country => Countries.IsKnown(country));

    [Fact]
    public async Task An_address_with_an_international_domain_is_the_same_in_both_spellings()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 100);
        var key = Guid.NewGuid().ToString();
        var placed = await shop.Http.PlaceAsync(To("info@müller.example"), key);
        placed.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await shop.Http.PlaceAsync(To("info@xn--mller-kva.example"), key)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var order = await placed.JsonAsync();
        await shop.Http.UntilAsync(order.Id(), seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
        MailTo(await shop.Partners.EmailsOfAsync(order.Id())).ShouldBe("info@xn--mller-kva.example");

        var visitor = ShopperSuite.Visitor(shop);
        (await visitor.OpenAsync($"/orders/{order.Key()}")).Text.ShouldContain("Emails about this order go to info@müller.example.");
        await visitor.OpenAsync("/orders/find");
        await visitor.PressAsync(
            "Send me the link", ("number", $"{order.GetProperty("number").GetInt64()}"), ("email", "Info@MÜLLER.example"));
        await Eventually.Async(
            async () => (await shop.Partners.EmailsOfAsync(order.Id())).Length, mails => mails == 2,
            "the link is sent to the same address");
    }

    [Fact]
    public async Task An_account_can_have_an_address_with_an_international_domain()
    {
        var visitor = ShopperSuite.Visitor(shop);
        await visitor.OpenAsync("/account/register");
        await visitor.PressAsync("Send", ("email", "konto@müller.example"));
        var mail = await Eventually.Async(
            async () => (await shop.Partners.EmailsAsync())
                .Where(mail => mail.GetRawText().Contains("konto@xn--mller-kva.example", StringComparison.Ordinal)).ToArray(),
            mails => mails.Length > 0, "the link is sent");
        var text = mail[0].GetProperty("body").GetProperty("text").GetString()!;
        var link = System.Text.RegularExpressions.Regex.Match(text, "account/password\\?code=\\S+").Value;

        await visitor.OpenAsync("/" + link);
        visitor.Text.ShouldContain("konto@müller.example");
        await visitor.PressAsync("Save password", ("password", "a long enough password"));
        await visitor.OpenAsync("/account/orders");
        visitor.Text.ShouldContain("All orders placed with konto@müller.example.");

        var again = ShopperSuite.Visitor(shop);
        await again.OpenAsync("/account/sign-in");
        await again.PressAsync("Sign in", ("Email", "konto@müller.example"), ("Password", "a long enough password"));
        again.Path.ShouldBe("/account/orders");
    }

    private static string MailTo(JsonElement[] mails) => mails.ShouldHaveSingleItem().GetProperty("body").GetProperty("to")[0].GetString()!;

    private static object To(string email) => new
    {
        email, name = "Jörg Müller", address = new { line1 = "Hauptstraße 1", city = "Köln", postalCode = "50667", country = "DE" },
        lines = new[] { new { sku = Goods.Mug, quantity = 1 } },
    };
}
