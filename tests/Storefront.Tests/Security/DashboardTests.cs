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
    public async Task A_command_is_in_the_audit_under_the_email_address_of_its_sender_whatever_the_account_is_called()
    {
        var email = await Staff.AccountAsync(shop, Roles.Operator, name: Guid.NewGuid().ToString("n"));
        using var browser = await Staff.SignInAsync(shop, email, Staff.Password);

        (await CommandAsync(browser, await TokenAsync(browser))).IsSuccessStatusCode.ShouldBeTrue();

        (await AuditOfAsync(email)).ShouldBe(["recurring/trigger compare-inventory"]);
    }

    [Fact]
    public async Task A_command_that_the_audit_cannot_take_is_not_carried_out()
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Admin);
        var (token, before) = (await TokenAsync(browser), await TriggeredAsync());
        await RunAsync("alter table orders.audit rename to audit_away");
        try
        {
            ((int)(await CommandAsync(browser, token)).StatusCode).ShouldBeGreaterThanOrEqualTo(500);
        }
        finally
        {
            await RunAsync("alter table orders.audit_away rename to audit");
        }

        (await TriggeredAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_command_whose_form_cannot_be_read_is_not_carried_out()
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Admin);
        var (token, before) = (await TokenAsync(browser), await TriggeredAsync());
        using var command = new HttpRequestMessage(HttpMethod.Post, "/admin/jobs/recurring/trigger")
        {
            Content = new StringContent("jobs[]=compare-inventory"), Headers = { { "RequestVerificationToken", token } },
        };
        command.Content.Headers.ContentType = new("application/x-www-form-urlencoded") { CharSet = "utf-7" };

        (await browser.SendAsync(command)).StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);

        (await TriggeredAsync()).ShouldBe(before);
    }

    [Theory]
    [InlineData("jobs/failed/requeue", "x")]
    [InlineData("jobs/failed/delete", "99999999999999999999")]
    [InlineData("jobs/actions/requeue/x", null)]
    [InlineData("jobs/actions/delete/1x", null)]
    public async Task A_command_for_a_job_that_cannot_exist_is_refused(string command, string? job)
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Operator);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/admin/jobs/{command}")
        {
            Content = new FormUrlEncodedContent(job is null ? [] : [new("jobs[]", job)]),
            Headers = { { "RequestVerificationToken", await TokenAsync(browser) } },
        };

        (await browser.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("GET", "/admin/jobs/recurring/trigger")]
    [InlineData("HEAD", "/admin/jobs/stats")]
    [InlineData("OPTIONS", "/admin/jobs/stats")]
    [InlineData("GET", "/admin/jobs/jobs/enqueued/delete")]
    public async Task A_command_that_is_sent_with_another_method_is_refused(string method, string path)
    {
        using var browser = await Staff.BrowserAsync(shop, Roles.Admin);
        using var request = new HttpRequestMessage(new(method), path);
        ((int)(await browser.SendAsync(request)).StatusCode).ShouldBeInRange(400, 499);
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

    private async Task<List<string>> AuditOfAsync(string who)
    {
        await using var find = shop.Database.CreateCommand("select subject from orders.audit where who = $1");
        find.Parameters.Add(new() { Value = who });
        await using var reader = await find.ExecuteReaderAsync();
        var found = new List<string>();
        while (await reader.ReadAsync()) found.Add(reader.GetString(0));
        return found;
    }

    private async Task RunAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string?> TriggeredAsync()
    {
        await using var find = shop.Database.CreateCommand(
            "select value from hangfire.hash where key = 'recurring-job:compare-inventory' and field = 'LastJobId'");
        return (string?)await find.ExecuteScalarAsync();
    }

    [GeneratedRegex("name=\"csrf-token\" content=\"([^\"]+)\"")]
    private static partial Regex Token();
}
