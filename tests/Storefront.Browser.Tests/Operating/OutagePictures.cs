using Microsoft.Playwright;
using Storefront.Browser.Tests.Support;
using Storefront.Tests.Support;

namespace Storefront.Browser.Tests.Operating;

/// <summary>
/// Takes the pictures of an outage for <c>docs/operations.md</c>, from a shop that runs by itself and has had orders for an hour. It runs
/// only on demand, and only if the environment names that shop, its sandbox and its admin.
/// </summary>
public sealed class OutagePictures(Chromium chromium)
{
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(6), Afterwards = TimeSpan.FromMinutes(3);

    [Fact(Explicit = true)]
    public async Task Screenshots_of_the_overview_during_and_after_an_outage_are_taken_for_Operations()
    {
        var shop = Address("STOREFRONT_SHOP");
        using var partners = new SandboxClient(Address("STOREFRONT_SANDBOX"));
        await using var visit = await Visit.BeginAsync(chromium, shop, Device.Desktop);
        await visit.OpenAsync("/account/sign-in?returnUrl=/admin");
        await visit.FillAsync(("Email", Setting("STOREFRONT_ADMIN")), ("Password", Setting("STOREFRONT_PASSWORD")));
        await visit.Main.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await visit.SeesAsync("Last hour");

        await partners.BreakAsync("email", new { status = 503, latencyMs = 40 });
        await Task.Delay(Outage, TestContext.Current.CancellationToken);
        await visit.OpenAsync("/admin");
        await visit.SeesAsync("Email is down");
        await visit.SeesAsync("Next try in");
        await TakeAsync(visit, "overview-outage");

        await partners.BreakAsync("email", new { latencyMs = 180 }); // as slow as before, and well
        await visit.SeesAsync("Email was down");
        await Task.Delay(Afterwards, TestContext.Current.CancellationToken);
        await visit.OpenAsync("/admin");
        await TakeAsync(visit, "overview-after");
    }

    private static async Task TakeAsync(Visit visit, string name)
    {
        await visit.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await visit.Page.ScreenshotAsync(new() { Path = Repository.File($"docs/{name}.png") });
    }

    private static Uri Address(string name) => new(Setting(name));

    private static string Setting(string name)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(name) is null, $"{name} is not set.");
        return Environment.GetEnvironmentVariable(name)!;
    }
}
