using Microsoft.Playwright;
using Storefront.Browser.Tests.Support;

[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: AssemblyFixture(typeof(OneShop))]

namespace Storefront.Browser.Tests.Support;

/// <summary>
/// The machine's own Chromium, one for the run. Each visit has a profile of its own in it. STOREFRONT_CHROMIUM names another one.
/// Without it these tests are skipped, because no package feed provides it.
/// </summary>
public sealed class Chromium : IAsyncDisposable
{
    private static readonly string? Path = new[]
    {
        Environment.GetEnvironmentVariable("STOREFRONT_CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", @"C:\Program Files\Google\Chrome\Application\chrome.exe",
    }.FirstOrDefault(File.Exists);

    private readonly Lazy<Task<(IPlaywright Driver, IBrowser Browser)>> started = new(StartAsync);

    public static bool IsMissing => Path is null;

    public async Task<IBrowser> BrowserAsync()
    {
        Assert.SkipWhen(IsMissing,
            "There is no Chromium on this machine: install Debian's package chromium, or name one with STOREFRONT_CHROMIUM.");
        return (await started.Value).Browser;
    }

    public async ValueTask DisposeAsync()
    {
        if (!started.IsValueCreated) return;
        var (driver, browser) = await started.Value;
        await browser.DisposeAsync();
        driver.Dispose();
    }

    private static async Task<(IPlaywright, IBrowser)> StartAsync()
    {
        var driver = await Playwright.CreateAsync();
        // Chromium cannot use its sandbox as root.
        var root = OperatingSystem.IsLinux() && Environment.UserName == "root";
        return (driver,
            await driver.Chromium.LaunchAsync(new() { ExecutablePath = Path, ChromiumSandbox = !root, Args = ["--disable-gpu"] }));
    }
}
