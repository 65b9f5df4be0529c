using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Storefront.Browser.Tests.Support;

/// <summary>What holds for every page in every state: readable by everybody, by day and by night, nothing sticks out, nothing moves by itself.</summary>
internal static class PageChecks
{
    /// <summary>What Google calls good. A page that loads moves far less; one that tells what has happened may need another line for it.</summary>
    private const double MostShift = 0.1;

    public const string WatchShifts = """
        window.shifts = { sum: 0, of: [] };
        new PerformanceObserver(list => {
            for (const shift of list.getEntries().filter(shift => !shift.hadRecentInput)) {
                window.shifts.sum += shift.value;
                window.shifts.of.push(...shift.sources.map(source => source.node?.outerHTML?.slice(0, 80)));
            }
        }).observe({ type: 'layout-shift', buffered: true });
        """;

    public static async Task<IReadOnlyList<string>> FaultsAsync(IPage page)
    {
        var faults = new List<string>();
        faults.AddRange(await AxeAsync(page, ColorScheme.Light, new AxeRunOptions()));
        // By night only the colours differ.
        faults.AddRange(await AxeAsync(page, ColorScheme.Dark, new AxeRunOptions { RunOnly = RunOnlyOptions.Rules("color-contrast", "link-in-text-block") }));

        if (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
            faults.Add($"{page.Url} is wider than its window.");
        if (await page.EvaluateAsync<double>("window.shifts.sum") is > MostShift and var shift)
            faults.Add($"{page.Url} moved by {shift:0.000} while it was read: {await page.EvaluateAsync<string>("window.shifts.of.join()")}");
        return faults;
    }

    private static async Task<IEnumerable<string>> AxeAsync(IPage page, ColorScheme scheme, AxeRunOptions options)
    {
        await page.EmulateMediaAsync(new() { ColorScheme = scheme });
        var result = await page.RunAxe(options);
        return result.Violations.SelectMany(broken => broken.Nodes.Select(node =>
            $"axe on {page.Url} ({scheme}): {broken.Id}, {broken.Help}: {node.Html} {string.Join(' ', node.Any.Select(why => why.Message))}"));
    }
}
