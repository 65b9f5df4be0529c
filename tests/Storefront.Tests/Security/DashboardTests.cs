using System.Net;
using System.Text.RegularExpressions;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.Security;

/// <summary>Hangfire's dashboard accepts commands only from authorized staff, and only with its token.</summary>
public sealed partial class DashboardTests(Shop shop) : IClassFixture<Shop>
{
    private static readonly KeyValuePair<string, string>[] Compare = [new("jobs[]", "compare-inventory")];

    [Theory]
    [InlineData(Roles.Operator)]
    [InlineData(Roles.Admin)]
    public async Task A_command_with_its_token_is_carried_out(string role)
    {
        using var browser = await Staff.BrowserAsync(shop, role);
        var before = await TriggeredAsync();

        (await CommandAsync(browser, await TokenAsync(browser))).IsSuccessStatusCode.ShouldBeTrue();
        (await TriggeredAsync()).ShouldNotBe(before);
    }

    [Fact]
    public async Task A_command_without_its_token_is_refused()
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Admin);
        (await CommandAsync(browser, token: null)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_command_with_somebody_elses_token_is_refused()
    {
        using var other = await Staff.BrowserAsync(shop, Roles.Admin);
        using var browser = await Staff.BrowserAsync(shop, Roles.Admin);
        (await CommandAsync(browser, await TokenAsync(other))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_viewer_sees_no_buttons_and_cannot_send_commands()
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Viewer);
        (await browser.GetStringAsync("/admin/jobs/recurring")).ShouldNotContain("recurring/trigger");

        using var operating = await Staff.BrowserAsync(shop, Roles.Operator);
        (await operating.GetStringAsync("/admin/jobs/recurring")).ShouldContain("recurring/trigger");
        (await CommandAsync(browser, await TokenAsync(browser))).IsSuccessStatusCode.ShouldBeFalse();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_request_from_this_machine_must_sign_in_too(string claimed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/jobs") { Headers = { { "X-Forwarded-For", claimed } } };
        (await shop.Http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    private static async Task<HttpResponseMessage> CommandAsync(HttpClient browser, string? token)
    {
        using var command = new HttpRequestMessage(HttpMethod.Post,
            "/admin/jobs/recurring/trigger") { Content = new FormUrlEncodedContent(Compare) };
        if (token is not null) command.Headers.Add("RequestVerificationToken", token);
        return await browser.SendAsync(command);
    }

    private static async Task<string> TokenAsync(HttpClient browser) =>
        Token().Match(await browser.GetStringAsync("/admin/jobs/recurring")) is { Success: true } match ? match.Groups[1].Value : "none";

    private async Task<string?> TriggeredAsync()
    {
        await using var find = shop.Database.CreateCommand(
            "select value from hangfire.hash where key = 'recurring-job:compare-inventory' and field = 'LastJobId'");
        return (string?)await find.ExecuteScalarAsync();
    }

    [GeneratedRegex("name=\"csrf-token\" content=\"([^\"]+)\"")]
    private static partial Regex Token();
}
