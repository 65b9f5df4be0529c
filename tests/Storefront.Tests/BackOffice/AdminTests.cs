using System.Net;
using System.Text.RegularExpressions;
using Storefront.Tests.Support;

namespace Storefront.Tests.BackOffice;

public sealed partial class AdminTests(Shop shop) : IClassFixture<Shop>
{
    [Theory]
    [InlineData("/admin")]
    [InlineData("/admin/jobs")]
    [InlineData("/admin/jobs/jobs/enqueued")]
    public async Task The_back_office_requires_signing_in(string path)
    {
        var response = await shop.Http.GetAsync(path);

        response.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        response.Headers.Location!.PathAndQuery.ShouldStartWith("/account/sign-in");
    }

    [Fact]
    public async Task The_first_admin_signs_in_and_sees_the_back_office_and_the_job_dashboard()
    {
        using var browser = shop.Browser();
        (await SignInAsync(browser, Shop.AdminPassword)).RequestMessage!.RequestUri!.AbsolutePath.ShouldBe("/admin");

        (await browser.GetStringAsync("/admin/jobs/recurring")).ShouldContain("reconcile-orders");
    }

    [Fact]
    public async Task A_wrong_password_is_refused_with_one_sentence()
    {
        using var browser = shop.Browser();
        var answer = await SignInAsync(browser, "not the password");

        (await answer.Content.ReadAsStringAsync()).ShouldContain("do not match");
        (await browser.GetAsync("/admin")).RequestMessage!.RequestUri!.AbsolutePath.ShouldBe("/account/sign-in");
    }

    [Fact]
    public async Task A_dashboard_command_without_its_token_is_refused()
    {
        using var browser = shop.Browser();
        await SignInAsync(browser, Shop.AdminPassword);

        using var command = new FormUrlEncodedContent([new("jobs[]", "reconcile-orders")]);
        (await browser.PostAsync("/admin/jobs/recurring/trigger", command)).IsSuccessStatusCode.ShouldBeFalse();
    }

    private static async Task<HttpResponseMessage> SignInAsync(HttpClient browser, string password)
    {
        var form = await browser.GetStringAsync("/account/sign-in");
        using var fields = new FormUrlEncodedContent(
        [
            new("Email", "admin@example.com"), new("Password", password),
            new("__RequestVerificationToken", Token().Match(form).Groups[1].Value),
        ]);
        return await browser.PostAsync("/account/sign-in", fields);
    }

    [GeneratedRegex("__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
