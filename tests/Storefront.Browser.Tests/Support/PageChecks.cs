using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Storefront.Browser.Tests.Support;

/// <summary>
/// Checks of every page in every state: accessible in the light and the dark scheme, not wider than the window, no layout shifts.
/// </summary>
internal static class PageChecks
{
    /// <summary>
    /// Google's limit for a good page. A page that loads moves far less. A page that reports a change may need one more line.
    /// </summary>
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

    private const string AskAxe = """
        async rules => {
            const { violations } = await axe.run({ resultTypes: ['violations'], ...rules && { runOnly: rules } });
            return violations.flatMap(broken => broken.nodes.map(node =>
                `${broken.id}, ${broken.help}: ${node.html} ${node.any.map(why => why.message).join(' ')}`));
        }
        """;

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    public static async Task<IReadOnlyList<string>> FaultsAsync(IPage page)
    {
        var faults = new List<string>();
        await page.EvaluateAsync(Axe);
        faults.AddRange(await AxeAsync(page, ColorScheme.Light));
        // The dark scheme changes only colours, so only the contrast is checked again.
        faults.AddRange(await AxeAsync(page, ColorScheme.Dark, "color-contrast", "link-in-text-block"));

        if (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
            faults.Add($"{page.Url} is wider than its window.");
        if (await page.EvaluateAsync<double>("window.shifts.sum") is > MostShift and var shift)
            faults.Add(
                $"{page.Url} moved by {shift:0.000} while it was read: {await page.EvaluateAsync<string>("window.shifts.of.join()")}");
        return faults;
    }

    // Not through Deque.AxeCore.Playwright, which opens a second page at each look: that is three times as slow, and we have no frames to
    // look into.
    private static async Task<IEnumerable<string>> AxeAsync(IPage page, ColorScheme scheme, params string[] rules)
    {
        await page.EmulateMediaAsync(new() { ColorScheme = scheme });
        var broken = await page.EvaluateAsync<string[]>(AskAxe, rules is [] ? null : rules);
        return broken.Select(rule => $"axe on {page.Url} ({scheme}): {rule}");
    }
}
