using Storefront.Fault.Tests.Mutants;
using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests;

/// <summary>
/// Mutants and the scenario of two versions are played on request. Every test run checks that they still match the sources.
/// </summary>
public sealed class MutantsTests
{
    public static TheoryData<string> Bugs => [.. MutantCatalogue.All.Select(mutant => mutant.Bug)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Each_mutant_still_finds_the_code_that_it_changes(string bug) =>
        ShouldApply(MutantCatalogue.All.Single(mutant => mutant.Bug == bug).Changes);

    [Fact]
    public void The_newer_version_of_the_scenario_still_finds_the_code_that_it_changes() => ShouldApply(TwoVersions.Newer);

    private static void ShouldApply(IEnumerable<Change> changes)
    {
        foreach (var file in changes.GroupBy(change => change.File))
        {
            var sound = File.ReadAllText(Path.Combine(ShopRig.Source, "Storefront.Jobs", file.Key));
            file.Aggregate(sound, (source, change) => change.ApplyTo(source)).ShouldNotBe(sound);
        }
    }
}
