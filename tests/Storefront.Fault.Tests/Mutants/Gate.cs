using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests.Mutants;

/// <summary>Plays against every mutant the scenario that has to notice it. One that goes unnoticed is a hole in the rig.</summary>
internal static class Gate
{
    /// <param name="only">Part of a bug's sentence; null: all.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(TextWriter output, string? only)
    {
        using var workshop = new Workshop();
        var unnoticed = 0;
        foreach (var mutant in Zoo.All.Where(mutant => only is null || mutant.Bug.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            var shop = await workshop.BuildAsync(mutant);
            await using var rig = await ShopRig.StartAsync(shop);
            if (mutant.Sabotage is not null) await mutant.Sabotage(rig);
            var report = await Run.PlayAsync(rig, mutant.NoticedBy, seed: 1);
            if (report.Verdict.Holds) unnoticed++;
            output.WriteLine($"{(report.Verdict.Holds ? "UNNOTICED" : "red"),-10}{mutant.Bug}");
            output.WriteLine($"{"",-10}{mutant.NoticedBy.Id}: {report.Verdict.Complaints.Count} complaints, the first: {(report.Verdict.Complaints is [var first, ..] ? first : "none")}");
        }

        output.WriteLine(unnoticed == 0 ? "Every bug was noticed." : $"{unnoticed} bugs went unnoticed.");
        return unnoticed == 0 ? 0 : 1;
    }
}
