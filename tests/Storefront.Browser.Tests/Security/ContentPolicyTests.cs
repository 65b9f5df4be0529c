using Storefront.Browser.Tests.Support;
using Storefront.Tests.Support;

namespace Storefront.Browser.Tests.Security;

/// <summary>
/// Pages that others wrote work under our content policy: a visit fails on whatever the browser had to block, and on every foreign request.
/// </summary>
public sealed class ContentPolicyTests(Chromium chromium, OneShop shop)
{
    [Fact]
    public async Task The_API_reference_loads_under_the_content_policy()
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, Device.Desktop);
        await visit.OpenAsync("/docs/");
        await visit.Page.GetByText("Download OpenAPI Document").First.WaitForAsync();
    }

    [Fact]
    public async Task Staff_enrol_a_second_factor_by_scanning_a_QR_code()
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, Device.Phone);
        await visit.OpenAsync("/account/sign-in?ReturnUrl=/account/authenticator");
        await visit.FillAsync(("Email", "admin@example.com"), ("Password", Shop.AdminPassword));
        await visit.PressAsync("Sign in");
        await visit.Page.GetByRole(Microsoft.Playwright.AriaRole.Img, new() { Name = "QR code of the key below" }).WaitForAsync();
        await visit.InspectAsync();
    }

    [Fact]
    public async Task The_job_dashboard_draws_its_charts_and_runs_commands_under_the_content_policy()
    {
        await using var visit = await Visit.BeginAsync(chromium, shop, Device.Desktop);
        await visit.OpenAsync("/account/sign-in");
        await visit.FillAsync(("Email", "admin@example.com"), ("Password", Shop.AdminPassword));
        await visit.PressAsync("Sign in");
        await visit.Page.WaitForURLAsync("**/admin");

        await visit.OpenAsync("/admin/jobs");
        await visit.Page.Locator("canvas, svg").First.WaitForAsync();
        foreach (var page in new[] { "jobs/succeeded", "retries", "servers", "recurring" }) await visit.OpenAsync($"/admin/jobs/{page}");

        await visit.Page.Locator("input.js-jobs-list-checkbox").First.CheckAsync();
        await visit.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Trigger now" }).ClickAsync();
        await visit.Page.WaitForLoadStateAsync(Microsoft.Playwright.LoadState.NetworkIdle);
    }
}
