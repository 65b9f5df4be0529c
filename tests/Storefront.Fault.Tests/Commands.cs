using System.Globalization;
using Storefront.Fault.Tests.Mutants;
using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests;

/// <summary>What this program does besides being a test runner: faults at length, with what happened as a table.</summary>
internal static class Commands
{
    public static async Task<int> RunAsync(string what, string[] rest)
    {
        if (what == "mutants") return await Gate.RunAsync(Console.Out, rest.FirstOrDefault());
        var seeds = Option(rest, "--seeds", 1);
        var first = Option(rest, "--seed", 1);
        var named = rest.TakeWhile(word => !word.StartsWith("--", StringComparison.Ordinal)).ToList();
        var offered = what == "kills" ? Catalogue.Kills(Option(rest, "--points", 200), Option(rest, "--random", 50)) : Catalogue.All;
        var scenarios = offered.Where(scenario => named.Count == 0 || named.Contains(scenario.Id)).ToList();
        if (named.Except(scenarios.Select(scenario => scenario.Id)).FirstOrDefault() is { } unknown)
        {
            await Console.Error.WriteLineAsync($"There is no scenario {unknown}; there are {string.Join(", ", offered.Select(scenario => scenario.Id))}.");
            return 2;
        }

        var table = new Table(Console.Out);
        await using var rig = await ShopRig.StartAsync();
        foreach (var seed in Enumerable.Range(first, seeds))
            foreach (var scenario in scenarios)
                table.Add(await Run.PlayAsync(rig, scenario, seed));
        table.Sum();
        if (table.Holds) return 0;
        rig.Keep();
        Console.WriteLine($"Logs, histories and the database are left in {rig.Folder}.");
        return 1;
    }

    private static int Option(string[] rest, string name, int otherwise) =>
        Array.IndexOf(rest, name) is >= 0 and var at && at + 1 < rest.Length ? int.Parse(rest[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
