using System.Net;
using System.Text.RegularExpressions;
using AngleSharp;
using Storefront.Jobs.Loyalty;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Identity;
using static Storefront.Tests.Pages.ShopperSuite;

namespace Storefront.Tests.Identity;

[Collection(ShopperSuite.Name)]
public sealed partial class AccountTests(Shop shop)
{
    private const string Password = "four words make one";

    [Fact]
    public async Task An_account_opened_by_mail_shows_the_guest_orders_of_its_address()
    {
        var ordered = await OrderAsync("guest@example.com");
        var others = await OrderAsync("other@example.com");

        var visitor = await OpenAccountAsync("Guest@example.com");

        visitor.Path.ShouldBe("/account/orders");
        visitor.Page.QuerySelectorAll(".orders a").Select(link => link.GetAttribute("href")).ShouldBe([ordered]);
        visitor.Text.ShouldContain("Oat Glaze Mug");
        visitor.Page.ToHtml().ShouldNotContain(others);
        visitor.Response.Headers.CacheControl!.NoStore.ShouldBeTrue();

        await visitor.PressAsync("Sign out");
        (await visitor.OpenAsync("/account/orders")).Path.ShouldStartWith("/account/sign-in");
        await visitor.PressAsync("Sign in", ("Email", "guest@example.com"), ("Password", Password));
        visitor.Path.ShouldBe("/account/orders");
    }

    [Fact]
    public async Task An_account_link_can_be_used_once()
    {
        var link = await LinkAsync("once@example.com");
        await ChooseAsync(link, Password);

        (await Visitor(shop).OpenAsync(link)).Text.ShouldContain("This link is no longer valid");
    }

    [Fact]
    public async Task A_password_set_by_a_new_link_replaces_the_old_one()
    {
        await OpenAccountAsync("forgetful@example.com");
        await ChooseAsync(await LinkAsync("forgetful@example.com"), "another four words now");

        (await SignInAsync("forgetful@example.com", Password)).Text.ShouldContain("Email and password do not match");
        (await SignInAsync("forgetful@example.com", "another four words now")).Path.ShouldBe("/account/orders");
    }

    [Fact]
    public async Task Answers_do_not_reveal_whether_an_address_has_an_account()
    {
        await OpenAccountAsync("member@example.com");

        var member = await AskAsync("member@example.com");
        var stranger = await AskAsync("stranger@example.com");

        stranger.Text.ShouldBe(member.Text);
        stranger.Path.ShouldBe(member.Path);
        (await SignInAsync("stranger@example.com", Password)).Text.ShouldBe(
            (await SignInAsync("member@example.com", "not the password")).Text);
    }

    [Fact]
    public async Task Staff_cannot_reset_a_password_by_mail() =>
        (await Visitor(shop).OpenAsync(await LinkAsync("admin@example.com"))).Text.ShouldContain("This link is no longer valid");

    [Fact]
    public async Task A_tampered_account_link_is_refused() =>
        (await Visitor(shop).OpenAsync("/account/password?code=CfDJ8A")).Text.ShouldContain("This link is no longer valid");

    [Fact]
    public async Task A_short_password_is_refused_beside_its_field_and_the_link_stays_valid()
    {
        var link = await LinkAsync("hasty@example.com");

        var visitor = await ChooseAsync(link, "short");

        visitor.Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        visitor.Page.GetElementById("password-error")!.TextContent.ShouldContain("12");
        (await visitor.PressAsync("Save password", ("password", Password))).Path.ShouldBe("/account/orders");
    }

    [Fact]
    public async Task An_invalid_address_is_reported_beside_its_field()
    {
        var visitor = await AskAsync("nobody");

        visitor.Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        visitor.Page.QuerySelector(".problem a")!.GetAttribute("href").ShouldBe("#email");
    }

    [Fact]
    public async Task An_address_gets_only_one_link_in_a_while()
    {
        for (var time = 0; time < LinkPace.Most; time++) await LinkAsync("patient@example.com");

        var sent = await JobsAsync();

        (await AskAsync("Patient@example.com")).Text.ShouldContain("Check your email");

        (await JobsAsync()).ShouldBe(sent);
    }

    [Fact]
    public async Task The_job_that_sends_a_link_does_not_contain_the_address()
    {
        await LinkAsync("private@example.com");

        await using var naming = shop.Database.CreateCommand(
            "select count(*) from hangfire.job where arguments::text ~ 'private@|password' or invocationdata::text ~ 'private@'");
        (await naming.ExecuteScalarAsync()).ShouldBe(0L);
    }

    [Fact]
    public async Task The_checkout_fills_in_the_address_of_a_signed_in_shopper()
    {
        var visitor = await OpenAccountAsync("known@example.com");
        await visitor.OpenAsync($"/products/{Goods.Mug}");
        await visitor.PressAsync("Add to cart");

        (await visitor.OpenAsync("/checkout")).Page.GetElementById("email")!.GetAttribute("value").ShouldBe("known@example.com");
    }

    [Fact]
    public async Task An_order_placed_while_signed_in_collects_points_and_a_guest_order_does_not()
    {
        var visitor = await OpenAccountAsync("collector@example.com");
        await shop.Partners.SetStockAsync(Goods.Mug, 1000);
        await visitor.OpenAsync($"/products/{Goods.Mug}");
        await visitor.PressAsync("Add to cart");
        await visitor.OpenAsync("/checkout");
        await visitor.PressAsync("Place order", Ada);
        var collecting = await shop.OrderAtAsync(visitor.Path);
        var guests = await shop.OrderAtAsync(await OrderAsync("collector@example.com"));

        await shop.Http.UntilAsync(collecting, seen => seen.Delivery(LoyaltyPoints.Credited) == "delivered", "the points are credited");
        (await shop.Http.OrderAsync(guests)).Delivery(LoyaltyPoints.Credited).ShouldBeNull();
    }

    private async Task<Visitor> OpenAccountAsync(string email) => await ChooseAsync(await LinkAsync(email), Password);

    private async Task<Visitor> ChooseAsync(string link, string password) =>
        await (await Visitor(shop).OpenAsync(link)).PressAsync("Save password", ("password", password));

    private async Task<Visitor> SignInAsync(string email, string password) =>
        await (await Visitor(shop).OpenAsync("/account/sign-in")).PressAsync("Sign in", ("Email", email), ("Password", password));

    private async Task<Visitor> AskAsync(string email) =>
        await (await Visitor(shop).OpenAsync("/account/register")).PressAsync("Send me a link", ("email", email));

    /// <summary>Asks for a link and returns its address from the mail.</summary>
    private async Task<string> LinkAsync(string email)
    {
        var before = await LinksAsync(email);
        await AskAsync(email);
        var after = await Eventually.Async(() => LinksAsync(email), links => links.Length > before.Length, $"a link is sent to {email}");
        return after.Except(before).Single();
    }

    private async Task<string[]> LinksAsync(string email) =>
        [.. (await shop.Partners.EmailsAsync())
            .Where(mail => mail.GetProperty("key").GetString()!.StartsWith("account-link/", StringComparison.Ordinal))
            .Select(mail => mail.GetProperty("body"))
            .Where(mail => string.Equals(mail.GetProperty("to")[0].GetString(), email, StringComparison.OrdinalIgnoreCase))
            .Select(mail => Link().Match(mail.GetProperty("text").GetString()!).Value)];

    private async Task<long> JobsAsync()
    {
        await using var count =
            shop.Database.CreateCommand("select count(*) from hangfire.job where invocationdata::text like '%SendAccountLink%'");
        return (long)(await count.ExecuteScalarAsync())!;
    }

    private async Task<string> OrderAsync(string email)
    {
        var visitor = await AtCheckoutAsync(shop, (Goods.Mug, 1));
        await visitor.PressAsync("Place order", [.. Ada.Where(field => field.Item1 != "email"), ("email", email)]);
        return visitor.Path;
    }

    [GeneratedRegex(@"/account/password\?code=\S+")]
    private static partial Regex Link();
}
