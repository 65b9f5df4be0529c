using System.Globalization;
using Storefront.Fault.Tests.Mutants;
using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests;

/// <summary>The commands of this program besides running tests: long runs of scenarios, with their results as a table.</summary>
internal static class Commands
{
    public static async Task<int> RunAsync(string what, string[] rest)
    {
        if (what == "mutants") return await MutantRunner.RunAsync(Console.Out, rest.FirstOrDefault());
        var seeds = Option(rest, "--seeds", 1);
        var first = Option(rest, "--seed", 1);
        var named = rest.TakeWhile(word => !word.StartsWith("--", StringComparison.Ordinal)).ToList();
        var offered = what == "kills" ? Catalogue.Kills(Option(rest, "--points", 200), Option(rest, "--random", 50)) : Catalogue.All;
        var scenarios = offered.Where(scenario => named.Count == 0 || named.Contains(scenario.Id)).ToList();
        if (named.Except(scenarios.Select(scenario => scenario.Id)).FirstOrDefault() is { } unknown)
        {
            await Console.Error.WriteLineAsync(
                $"There is no scenario {unknown}; there are {string.Join(", ", offered.Select(scenario => scenario.Id))}.");
            return 2;
        }

        var table = new Table(Console.Out);
        // Scenarios with the same layout share a rig.
        foreach (var alike in scenarios.GroupBy(scenario => scenario.Layout ?? Layout.Usual).OrderBy(alike => alike.Key != Layout.Usual))
        {
            if (alike.Key.Lacks() is { } lacks)
                Console.WriteLine($"{string.Join(", ", alike.Select(scenario => scenario.Id))} left out: {lacks}");
            else
                await PlayAsync(
                    table, alike.Key,
                    [.. Enumerable.Range(first, seeds).SelectMany(seed => alike.Select(scenario => (scenario, seed)))]);
        }

        table.Sum();
        return table.Holds ? 0 : 1;
    }

    private static async Task PlayAsync(Table table, Layout layout, IReadOnlyList<(Scenario Scenario, int Seed)> plays)
    {
        ShopRig? rig = null;
        foreach (var (scenario, seed) in plays)
        {
            rig ??= await ShopRig.StartAsync(layout: layout);
            var report = await Run.PlayAsync(rig, scenario, seed);
            table.Add(report);
            if (report.Verdict.Holds && !layout.IsUsedUp) continue;
            if (!report.Verdict.Holds)
            {
                rig.Keep();
                Console.WriteLine($"Logs, histories and the database are left in {rig.Folder}.");
            }

            // A fault of this rig must not affect the next scenario.
            await rig.DisposeAsync();
            rig = null;
        }

        if (rig is not null) await rig.DisposeAsync();
    }

    private static int Option(string[] rest, string name, int otherwise) =>
        Array.IndexOf(rest, name) is >= 0 and var at && at + 1 < rest.Length
            ? int.Parse(rest[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
