using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Storefront.Tests.Support;
using Storefront.Web.Database;
using Storefront.Web.Identity;

namespace Storefront.Tests.Security;

/// <summary>With a second factor, staff sign in with a password and a code of their authenticator.</summary>
public sealed partial class SecondFactorTests(SecondFactorTests.ShopWithSecondFactor shop)
    : IClassFixture<SecondFactorTests.ShopWithSecondFactor>
{
    [Theory]
    [InlineData("/admin")]
    [InlineData("/admin/jobs")]
    public async Task Staff_without_a_second_factor_are_redirected_to_enrolment(string path)
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Admin);
        (await browser.GetAsync(path)).Headers.Location!.OriginalString.ShouldBe("/account/authenticator");
    }

    [Fact]
    public async Task Whoever_takes_long_to_enrol_stays_signed_in()
    {
        var email = await Staff.AccountAsync(shop, Roles.Viewer);
        using var browser = await Staff.SignInAsync(shop, email, Staff.Password);
        using var other = await Staff.SignInAsync(shop, email, Staff.Password);
        await browser.GetAsync("/account/authenticator");

        await WithEveryRequestLookedAtAsync(async () =>
        {
            (await browser.GetAsync("/account/authenticator")).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await other.GetAsync("/account/authenticator")).StatusCode.ShouldBe(HttpStatusCode.OK);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("000000 000000")]
    [InlineData("٣٣٣٣٣٣")]
    public async Task A_code_that_is_none_is_refused_with_a_sentence(string code)
    {
        var (email, _, _) = await EnrolledAsync(_ => Task.CompletedTask);
        using var browser = shop.Browser(followRedirects: false);
        await Staff.TryAsync(browser, email, Staff.Password);

        var answer = await Staff.PostAsync(browser, "/account/second-factor", ("Code", code));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("This code is not correct");
    }

    [Fact]
    public async Task A_shopper_without_a_second_factor_is_denied_the_back_office()
    {
        using var browser = await Staff.BrowserAsync(shop, role: null);
        (await browser.GetAsync("/admin")).Headers.Location!.AbsolutePath.ShouldBe("/account/denied");
    }

    [Fact]
    public async Task Staff_who_have_enrolled_must_enter_a_code_at_each_sign_in()
    {
        var (email, secret, _) =
            await EnrolledAsync(async browser => (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.OK));

        using var later = shop.Browser(followRedirects: false);
        (await Staff.TryAsync(later, email, Staff.Password)).Headers.Location!.OriginalString.ShouldStartWith("/account/second-factor");
        (await later.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await Staff.PostAsync(later, "/account/second-factor", ("Code", "000000"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await later.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await Staff.PostAsync(later, "/account/second-factor", ("Code", Next(secret)))).Headers.Location!.OriginalString.ShouldBe(
            "/admin");
        (await later.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_session_with_a_second_factor_survives_its_revalidation()
    {
        await EnrolledAsync(async browser =>
        {
            await WithEveryRequestLookedAtAsync(async () =>
            {
                (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.OK);
                (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.OK);
            });
        });
    }

    private async Task WithEveryRequestLookedAtAsync(Func<Task> act)
    {
        var options = shop.Get<IOptions<SecurityStampValidatorOptions>>().Value;
        var interval = options.ValidationInterval;
        options.ValidationInterval = TimeSpan.Zero;
        await act();
        options.ValidationInterval = interval;
    }

    [Fact]
    public async Task A_recovery_code_signs_in_once()
    {
        var (email, _, codes) = await EnrolledAsync(_ => Task.CompletedTask);
        codes.Count.ShouldBe(10);
        await SignsInOnceAsync(email, codes[0]);
    }

    [Fact]
    public async Task A_recovery_code_with_six_digits_among_its_letters_signs_in_too()
    {
        var (email, _, _) = await EnrolledAsync(_ => Task.CompletedTask);
        await using var scope = shop.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>();
        var user = (await users.FindByEmailAsync(email))!;
        string? code = null;
        while (code is null) // one in twenty is such a one
            code = (await users.GenerateNewTwoFactorRecoveryCodesAsync(user, 100))!
                .FirstOrDefault(one => one.Count(char.IsAsciiDigit) == 6);

        await SignsInOnceAsync(email, code);
    }

    [Fact]
    public async Task A_code_of_the_authenticator_signs_in_once()
    {
        var (email, secret, _) = await EnrolledAsync(_ => Task.CompletedTask);
        await SignsInOnceAsync(email, Next(secret));
    }

    [Fact]
    public async Task Wrong_codes_from_elsewhere_lock_nobody_out()
    {
        var (email, secret, codes) = await EnrolledAsync(_ => Task.CompletedTask);
        using var owner = new SecureBrowser(shop);
        using var attacker = new SecureBrowser(shop, "198.51.100.7");
        (await TrySignInAsync(owner, email, Next(secret))).ShouldBe("/admin");

        for (var n = 0; n < SignInAttempts.Most; n++) (await TrySignInAsync(attacker, email, $"00000{n}")).ShouldBeNull();

        (await TryCodeAsync(attacker, codes[0])).ShouldBeNull("this client is locked out");
        (await TrySignInAsync(owner, email, codes[1])).ShouldBe("/admin");
    }

    [Fact]
    public async Task Wrong_codes_from_very_many_addresses_lock_out_those_who_have_never_signed_in_and_no_known_browser()
    {
        var (email, secret, codes) = await EnrolledAsync(_ => Task.CompletedTask);
        using var owner = new SecureBrowser(shop);
        (await TrySignInAsync(owner, email, Next(secret))).ShouldBe("/admin");
        for (var n = 0; n < SignInAttempts.MostCodesOfStrangers / 4; n++)
        {
            using var attacker = new SecureBrowser(shop, $"198.51.100.{100 + n}");
            for (var i = 0; i < 4; i++) (await TrySignInAsync(attacker, email, $"00000{i}")).ShouldBeNull();
        }

        using var stranger = new SecureBrowser(shop, "192.0.2.9");
        (await TrySignInAsync(stranger, email, codes[0])).ShouldBeNull();
        (await TrySignInAsync(owner, email, codes[1])).ShouldBe("/admin");
    }

    [Fact]
    public async Task The_authenticator_key_is_encrypted_in_the_database()
    {
        var (email, secret, _) = await EnrolledAsync(_ => Task.CompletedTask);
        await using var scope = shop.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ShopDb>();
        var user = await db.Users.SingleAsync(user => user.Email == email);
        var kept = await db.UserTokens.Where(token => token.UserId == user.Id).Select(token => token.Value!).ToListAsync();
        kept.ShouldNotBeEmpty();
        kept.ShouldAllBe(value => !value.Contains(secret.Replace(" ", ""), StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Enrolling_another_authenticator_revokes_the_first()
    {
        await EnrolledAsync(async browser =>
        {
            await Staff.PostAsync(browser, "/account/authenticator", "?handler=Anew");
            (await browser.GetAsync("/admin")).Headers.Location!.OriginalString.ShouldBe("/account/authenticator");
        });
    }

    [Fact]
    public async Task A_session_with_only_a_password_cannot_make_recovery_codes()
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Viewer);
        var answer = await Staff.PostAsync(browser, "/account/authenticator", "?handler=RecoveryCodes");
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.GetStringAsync("/account/authenticator")).ShouldNotContain("recovery codes</h2>");
    }

    [Fact]
    public async Task The_enrolment_page_shows_a_QR_code_and_the_key_as_text()
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Viewer);
        var page = await browser.GetStringAsync("/account/authenticator");
        page.ShouldContain("<svg");
        page.ShouldNotContain("style=");
        Secret().Match(page).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal).Length.ShouldBe(32);
    }

    private async Task SignsInOnceAsync(string email, string code)
    {
        foreach (var location in new[] { "/admin", null })
        {
            using var browser = shop.Browser(followRedirects: false);
            await Staff.TryAsync(browser, email, Staff.Password);
            ((await Staff.PostAsync(browser, "/account/second-factor", ("Code", code))).Headers.Location?.OriginalString).ShouldBe(
                location);
        }
    }

    private static async Task<string?> TrySignInAsync(SecureBrowser browser, string email, string code)
    {
        (await browser.PostAsync("/account/sign-in", ("Email", email), ("Password", Staff.Password))).StatusCode.ShouldBe(
            HttpStatusCode.Redirect);
        return await TryCodeAsync(browser, code);
    }

    /// <summary>The page that it leads to; null: it was refused.</summary>
    private static async Task<string?> TryCodeAsync(SecureBrowser browser, string code) =>
        (await browser.PostAsync("/account/second-factor", ("Code", code))).Headers.Location?.OriginalString;

    private async Task<(string Email, string Secret, IReadOnlyList<string> Codes)> EnrolledAsync(Func<HttpClient, Task> then)
    {
        var email = await Staff.AccountAsync(shop, Roles.Operator);
        using var browser = await Staff.SignInAsync(shop, email, Staff.Password);
        var secret = Secret().Match(await browser.GetStringAsync("/account/authenticator")).Groups[1].Value;
        (await (await Staff.PostAsync(browser, "/account/authenticator", ("Code", "123"))).Content.ReadAsStringAsync()).ShouldContain(
            "This code is not correct");

        var enrolled = await Staff.PostAsync(browser, "/account/authenticator", ("Code", Now(secret)));
        var codes = new HtmlParser().ParseDocument(await enrolled.Content.ReadAsStringAsync()).QuerySelectorAll(".codes code")
            .Select(code => code.TextContent).ToList();
        await then(browser);
        return (email, secret, codes);
    }

    private static string Now(string secret) => Code(secret, ahead: 0);

    /// <summary>
    /// The code of the next half minute, which is accepted already. The current code was used for enrolment.
    /// </summary>
    private static string Next(string secret) => Code(secret, ahead: 1);

    /// <summary>A code as an authenticator app calculates it (RFC 6238).</summary>
    private static string Code(string secret, int ahead)
    {
        var bits =
            string.Concat(secret.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant()
                .Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c), 2).PadLeft(5, '0')));
        var key = Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2)).ToArray();
        var counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30 + ahead);
#pragma warning disable CA5350 // RFC 6238 and the authenticator apps use SHA-1.
        var hash = HMACSHA1.HashData(key, counter);
#pragma warning restore CA5350
        return (BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 0xF)) & int.MaxValue).ToString("D9", null)[^6..];
    }

    [GeneratedRegex("Key: <code>([a-z2-7 ]+)</code>")]
    private static partial Regex Secret();

    public sealed class ShopWithSecondFactor : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [("Admin:RequireSecondFactor", "true"), ("Web:Proxies", "127.0.0.1")];
    }
}
