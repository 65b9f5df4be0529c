using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.Security;

/// <summary>How a session begins, which cookies it has, and how it ends.</summary>
public sealed class SessionTests(SessionTests.ShopWithEncryptedKeys shop) : IClassFixture<SessionTests.ShopWithEncryptedKeys>
{
    [Fact]
    public async Task The_fifth_wrong_password_locks_the_account_and_the_message_stays_the_same()
    {
        var email = await Staff.AccountAsync(shop, Roles.Viewer);
        using var browser = shop.Browser(followRedirects: false);
        var wrong = "";
        for (var i = 0; i < 5; i++) wrong = await SaysAsync(await Staff.TryAsync(browser, email, "wrong"));

        (await SaysAsync(await Staff.TryAsync(browser, email, Staff.Password))).ShouldBe(wrong);
        (await SaysAsync(await Staff.TryAsync(browser, "nobody@example.com", "wrong"))).ShouldBe(wrong);
    }

    [Fact]
    public async Task Wrong_passwords_from_elsewhere_lock_nobody_out()
    {
        var email = await Staff.AccountAsync(shop, Roles.Admin);
        using var attacker = new SecureBrowser(shop);
        using var owner = new SecureBrowser(shop);
        using var elsewhere = new SecureBrowser(shop, "198.51.100.7");
        (await TryAsync(owner, email, Staff.Password)).ShouldBe(HttpStatusCode.Redirect);

        for (var n = 0; n < 20; n++) (await TryAsync(attacker, email, $"wrong-{n}")).ShouldBe(HttpStatusCode.OK);

        (await TryAsync(attacker, email, Staff.Password)).ShouldBe(HttpStatusCode.OK, "this client is locked out");
        (await TryAsync(owner, email, Staff.Password)).ShouldBe(HttpStatusCode.Redirect, "its browser is known, at the same address");
        (await TryAsync(elsewhere, email, Staff.Password)).ShouldBe(HttpStatusCode.Redirect, "another address");
    }

    [Fact]
    public async Task Wrong_passwords_from_very_many_addresses_lock_out_those_who_have_never_signed_in_and_no_known_browser()
    {
        var email = await Staff.AccountAsync(shop, Roles.Admin);
        using var owner = new SecureBrowser(shop);
        (await TryAsync(owner, email, Staff.Password)).ShouldBe(HttpStatusCode.Redirect);
        for (var n = 0; n < SignInAttempts.MostOfStrangers / 4; n++)
        {
            using var attacker = new SecureBrowser(shop, $"198.51.100.{100 + n}");
            for (var i = 0; i < 4; i++) await TryAsync(attacker, email, "wrong");
        }

        using var stranger = new SecureBrowser(shop, "192.0.2.9");
        (await TryAsync(stranger, email, Staff.Password)).ShouldBe(HttpStatusCode.OK);
        (await TryAsync(owner, email, Staff.Password)).ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Removing_a_role_ends_its_access_in_open_sessions()
    {
        var email = await Staff.AccountAsync(shop, Roles.Admin);
        using var browser = await Staff.SignInAsync(shop, email, Staff.Password);
        (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await WithUserAsync(email, (users, user) => users.RemoveFromRoleAsync(user, Roles.Admin));
        (await LookedAtAnewAsync(() => browser.GetAsync("/admin"))).Headers.Location!.AbsolutePath.ShouldBe("/account/denied");
    }

    [Fact]
    public async Task A_changed_password_ends_the_sessions_opened_with_the_old_one()
    {
        var email = await Staff.AccountAsync(shop, Roles.Viewer);
        using var browser = await Staff.SignInAsync(shop, email, Staff.Password);

        await WithUserAsync(email, (users, user) => users.ChangePasswordAsync(user, Staff.Password, "another-long-password"));
        (await LookedAtAnewAsync(() => browser.GetAsync("/admin"))).Headers.Location!.AbsolutePath.ShouldBe("/account/sign-in");
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Viewer);
        await Staff.PostAsync(browser, "/account/sign-out");
        (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_for_a_copy_of_its_cookie_too()
    {
        var email = await Staff.AccountAsync(shop, Roles.Admin);
        using var browser = new SecureBrowser(shop);
        await browser.PostAsync("/account/sign-in", ("Email", email), ("Password", Staff.Password));
        using var thief = new SecureBrowser(shop);
        foreach (var (name, cookie) in browser.Cookies) thief.Cookies[name] = cookie;
        (await thief.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await browser.PostAsync("/account/sign-out");

        (await thief.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Signing_in_over_a_session_begins_another_and_ends_the_one_before()
    {
        var (shopper, admin) = (await Staff.AccountAsync(shop, role: null), await Staff.AccountAsync(shop, Roles.Admin));
        using var browser = new SecureBrowser(shop);
        (await TryAsync(browser, shopper, Staff.Password)).ShouldBe(HttpStatusCode.Redirect);
        using var thief = new SecureBrowser(shop);
        foreach (var (name, cookie) in browser.Cookies) thief.Cookies[name] = cookie;

        (await TryAsync(browser, admin, Staff.Password)).ShouldBe(HttpStatusCode.Redirect);

        (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await thief.GetAsync("/admin")).Headers.Location!.AbsolutePath.ShouldBe("/account/sign-in");
        (await thief.GetAsync("/account/orders")).Headers.Location!.AbsolutePath.ShouldBe("/account/sign-in");
    }

    [Fact]
    public async Task A_session_in_the_database_names_nobody()
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Viewer);
        await using var read = shop.Database.CreateCommand("select encode(ticket, 'escape') from shop.sessions");
        ((string)(await read.ExecuteScalarAsync())!).ShouldNotContain("@example.com");
    }

    [Fact]
    public async Task Over_HTTPS_every_cookie_is_bound_to_this_host()
    {
        var email = await Staff.AccountAsync(shop, Roles.Viewer);
        using var browser = new SecureBrowser(shop);
        await browser.PostAsync("/products/MUG-OAT", ("quantity", "1"));
        (await browser.PostAsync("/account/sign-in", ("Email", email), ("Password", Staff.Password))).StatusCode.ShouldBe(
            HttpStatusCode.Redirect);
        (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.OK);

        browser.Cookies.Keys.Order(StringComparer.Ordinal)
            .ShouldBe(["__Host-cart", "__Host-storefront-device", "__Host-storefront-form", "__Host-storefront-once",
                "__Host-storefront-session"]);
        foreach (var (name, cookie) in browser.Cookies)
        {
            var attributes = cookie.Split("; ").Skip(1).Select(attribute => attribute.ToLowerInvariant()).ToList();
            attributes.ShouldContain("secure", name);
            attributes.ShouldContain("httponly", name);
            attributes.ShouldContain("path=/", name);
            attributes.ShouldContain(attribute => attribute == "samesite=lax" || attribute == "samesite=strict", name);
            attributes.ShouldNotContain(attribute => attribute.StartsWith("domain", StringComparison.Ordinal), name);
        }
    }

    [Fact]
    public async Task The_keys_that_protect_cookies_are_encrypted_in_the_database()
    {
        await shop.Http.GetAsync("/account/sign-in");
        await using var find = shop.Database.CreateCommand("select xml from shop.data_protection_keys");
        await using var rows = await find.ExecuteReaderAsync();
        (await rows.ReadAsync()).ShouldBeTrue();
        do
        {
            rows.GetString(0).ShouldContain("<sealed");
            rows.GetString(0).ShouldNotContain("<masterKey");
        }
        while (await rows.ReadAsync());
    }

    private async Task<HttpResponseMessage> LookedAtAnewAsync(Func<Task<HttpResponseMessage>> ask)
    {
        shop.Get<IOptions<SecurityStampValidatorOptions>>().Value.ValidationInterval = TimeSpan.Zero;
        return await ask();
    }

    private async Task WithUserAsync(string email, Func<UserManager<IdentityUser>, IdentityUser, Task<IdentityResult>> change)
    {
        await using var scope = shop.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>();
        (await change(users, (await users.FindByEmailAsync(email))!)).Succeeded.ShouldBeTrue();
    }

    private static async Task<HttpStatusCode> TryAsync(SecureBrowser browser, string email, string password) =>
        (await browser.PostAsync("/account/sign-in", ("Email", email), ("Password", password))).StatusCode;

    private static async Task<string> SaysAsync(HttpResponseMessage answer) =>
        new AngleSharp.Html.Parser.HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync())
            .QuerySelector("[role=alert]")!.TextContent;

    public sealed class ShopWithEncryptedKeys : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [("Web:Proxies", "127.0.0.1"), ("DataProtection:Key", "qmVY0UzxEpD8jBq7Ef5kAGXN4YxHDN4FPX0bD2l3ulE=")];
    }
}
