using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>People with an account, and how they sign in.</summary>
internal static partial class Staff
{
    public const string Password = "a-long-enough-password";

    /// <summary>A browser in which a user of this role is signed in. Without a role, the user is a shopper.</summary>
    public static async Task<HttpClient> BrowserAsync(Shop shop, string? role)
    {
        var email = await AccountAsync(shop, role);
        return await SignInAsync(shop, email, Password);
    }

    /// <param name="name">Null: the email address. Accounts that began as shoppers' have other names.</param>
    public static async Task<string> AccountAsync(Shop shop, string? role, string? name = null)
    {
        await using var scope = shop.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<IdentityUser>>();
        var email = $"{role ?? "shopper"}-{Guid.NewGuid():n}@example.com";
        var user = new IdentityUser { UserName = name ?? email, Email = email, EmailConfirmed = true };
        (await users.CreateAsync(user, Password)).Succeeded.ShouldBeTrue();
        if (role is not null) (await users.AddToRoleAsync(user, role)).Succeeded.ShouldBeTrue();
        return email;
    }

    /// <summary>It follows no redirects, so a test sees them.</summary>
    public static async Task<HttpClient> SignInAsync(Shop shop, string email, string password)
    {
        var browser = shop.Browser(followRedirects: false);
        var answer = await TryAsync(browser, email, password);
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.Redirect, await answer.Content.ReadAsStringAsync());
        return browser;
    }

    public static async Task<HttpResponseMessage> TryAsync(HttpClient browser, string email, string password) =>
        await PostAsync(browser, "/account/sign-in", ("Email", email), ("Password", password));

    /// <summary>Sends the form at this address with its token.</summary>
    public static Task<HttpResponseMessage> PostAsync(HttpClient browser, string path, params (string Name, string Value)[] typed) =>
        PostAsync(browser, path, "", typed);

    /// <param name="handler">The query of the form: it tells which form of the page is sent.</param>
    public static async Task<HttpResponseMessage> PostAsync(
        HttpClient browser, string path, string handler, params (string Name, string Value)[] typed)
    {
        var form = await browser.GetStringAsync(path);
        using var fields = new FormUrlEncodedContent(
            typed.Append(("__RequestVerificationToken", Token().Match(form).Groups[1].Value))
                .Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
        return await browser.PostAsync(path + handler, fields);
    }

    [GeneratedRegex("__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
