using System.Globalization;
using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests;

/// <summary>What this program does besides being a test runner: faults at length, with what happened as a table.</summary>
internal static class Commands
{
    public static async Task<int> RunAsync(string what, string[] rest)
    {
        var seeds = Option(rest, "--seeds", 1);
        var first = Option(rest, "--seed", 1);
        var named = rest.TakeWhile(word => !word.StartsWith("--", StringComparison.Ordinal)).ToList();
        var scenarios = Catalogue.All.Where(scenario => named.Count == 0 || named.Contains(scenario.Id)).ToList();
        var table = new Table(Console.Out);
        await using var rig = await ShopRig.StartAsync();
        foreach (var seed in Enumerable.Range(first, seeds))
            foreach (var scenario in scenarios)
                table.Add(await Run.PlayAsync(rig, scenario, seed));
        return table.Sum();
    }

    private static int Option(string[] rest, string name, int otherwise) =>
        Array.IndexOf(rest, name) is >= 0 and var at && at + 1 < rest.Length ? int.Parse(rest[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
