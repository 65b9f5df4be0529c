using System.Collections.Concurrent;
using Microsoft.Playwright;
using Storefront.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Storefront.Browser.Tests.Support;

/// <summary>
/// A person with a browser of their own. Whatever no shopper should meet is recorded and fails the test at its end:
/// an error on the console, a broken content policy, a request that fails or leaves the shop.
/// </summary>
public sealed class Visit : IAsyncDisposable
{
    private const float Patience = 60_000;

    private readonly IBrowserContext context;
    private readonly ConcurrentQueue<string> faults = [];

    private Visit(IBrowserContext context, IPage page, Device device, Uri shop)
    {
        (this.context, Page, Device) = (context, page, device);
        page.SetDefaultTimeout(Patience);
        page.PageError += (_, error) => faults.Enqueue($"A script failed on {page.Url}: {error}");
        page.Console += (_, said) =>
        {
            // Chromium logs an answer of 409 or 422 as an error. Pages of the shop use both, and other statuses are caught below.
            // A frame without scripts also refuses the scripts of this test.
            if (said.Type == "error" && !said.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)
                && !said.Text.StartsWith("Blocked script execution", StringComparison.Ordinal))
                faults.Enqueue($"The console says on {page.Url}: {said.Text}");
        };
        page.Request += (_, request) =>
        {
            if (new Uri(request.Url) is { Scheme: "http" or "https" } address && address.Authority != shop.Authority)
                faults.Enqueue($"{page.Url} asked {request.Url}, which is not ours.");
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400 && !response.Request.IsNavigationRequest && response.Request.ResourceType != "fetch")
                faults.Enqueue($"{response.Url} was answered with {response.Status}.");
        };
    }

    public IPage Page { get; }
    public Device Device { get; }

    /// <summary>The main part of the page. Tests wait for text in it.</summary>
    public ILocator Main => Page.Locator("main");

    public static Task<Visit> BeginAsync(
        Chromium chromium, Shop shop, Device device, Action<BrowserNewContextOptions>? change = null) =>
        BeginAsync(chromium, shop.Http.BaseAddress!, device, change);

    public static async Task<Visit> BeginAsync(
        Chromium chromium, Uri shop, Device device, Action<BrowserNewContextOptions>? change = null)
    {
        var browser = await chromium.BrowserAsync();
        var options = device.Options(shop);
        change?.Invoke(options);
        var context = await browser.NewContextAsync(options);
        await context.AddInitScriptAsync(PageChecks.WatchShifts);
        return new(context, await context.NewPageAsync(), device, shop);
    }

    /// <summary>The status of the answer.</summary>
    public async Task<int> OpenAsync(string path) => (await Page.GotoAsync(path))!.Status;

    public Task PressAsync(string button) => Page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();

    public Task FollowAsync(string link) => Page.GetByRole(AriaRole.Link, new() { Name = link }).First.ClickAsync();

    public async Task FillAsync(params (string Label, string Text)[] fields)
    {
        foreach (var (label, text) in fields) await Page.GetByLabel(label).FillAsync(text);
    }

    public Task SeesAsync(string words) => Expect(Main).ToContainTextAsync(words, new() { Timeout = Patience });

    public Task SeesNotAsync(string words) => Expect(Main).Not.ToContainTextAsync(words, new() { Timeout = Patience });

    /// <summary>Waits until the page changes by itself. Without scripts the shopper has to reload it.</summary>
    public async Task UntilAsync(string words)
    {
        if (Device.RunsScripts()) await SeesAsync(words);
        else
            await Eventually.Async(
                async () =>
                {
                    if (await Page.GetByText("Check order status").IsVisibleAsync()) await PressAsync("Check order status");
                    else await ReloadAsync();
                    return await Main.InnerTextAsync();
                },
                text => text.Contains(words, StringComparison.Ordinal), $"{Page.Url} says “{words}”");
    }

    /// <summary>Reloads the page until it has these words.</summary>
    public Task ReloadUntilAsync(string words) => Eventually.Async(
        async () =>
        {
            await ReloadAsync();
            return await Main.InnerTextAsync();
        },
        text => text.Contains(words, StringComparison.Ordinal), $"{Page.Url} says “{words}”");

    private async Task ReloadAsync()
    {
        try
        {
            await Page.ReloadAsync();
        }
        catch (PlaywrightException overtaken) when (overtaken.Message.Contains("ERR_ABORTED", StringComparison.Ordinal))
        {
            // The page refreshed itself at the same moment. What it shows then is read next.
        }
    }

    /// <summary>Runs all checks that every page must pass in every state.</summary>
    public async Task InspectAsync()
    {
        if (!Device.RunsScripts()) return;
        foreach (var fault in await PageChecks.FaultsAsync(Page)) faults.Enqueue(fault);
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        // If the test has failed already, that failure is the one to report.
        if (TestContext.Current.TestState is not { Result: TestResult.Failed }) faults.ShouldBeEmpty();
    }
}
