using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests.Mutants;

/// <summary>Plays against every mutant the scenario that has to notice it. One that goes unnoticed is a hole in the rig.</summary>
internal static class MutantRunner
{
    /// <param name="only">Part of a bug's sentence; null: all.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(TextWriter output, string? only)
    {
        using var builder = new MutantBuilder();
        var mutants = MutantCatalogue.All.Where(mutant => only is null || mutant.Bug.Contains(only, StringComparison.OrdinalIgnoreCase))
            .ToList();
        var (noticed, played) = (0, 0);
        foreach (var mutant in mutants)
        {
            if (mutant.NoticedBy.Layout?.Lacks() is { } lacks)
            {
                output.WriteLine($"{"left out",-10}{mutant.Bug}: {lacks}");
                continue;
            }

            played++;
            var complaints = (await PlayAsync(mutant, await builder.BuildAsync(mutant.Changes))).Verdict.Complaints;
            var telling = complaints.FirstOrDefault(complaint => complaint.Contains(mutant.Sign, StringComparison.Ordinal));
            if (telling is not null) noticed++;
            output.WriteLine($"{(telling is not null ? "red" : "UNNOTICED"),-10}{mutant.Bug}");
            output.WriteLine(
                $"{"",-10}by {mutant.NoticedBy.Id}, {complaints.Count} complaints: "
                + $"{telling ?? $"none says \"{mutant.Sign}\"; the first: {(complaints is [var first, ..] ? first : "none")}"}");
        }

        output.WriteLine($"{noticed} of {played} bugs were noticed.");
        return noticed == played ? 0 : 1;
    }

    private static async Task<Report> PlayAsync(Mutant mutant, string shop)
    {
        await using var rig = await ShopRig.StartAsync(shop, mutant.NoticedBy.Layout);
        if (mutant.Sabotage is not null) await mutant.Sabotage(rig);
        return await Run.PlayAsync(rig, mutant.NoticedBy, seed: 1);
    }
}
