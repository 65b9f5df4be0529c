using Storefront.Fault.Tests.Mutants;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests;

/// <summary>Mutants are played on request. Every test run checks that they still match the sources.</summary>
public sealed class MutantsTests
{
    public static TheoryData<string> Bugs => [.. MutantCatalogue.All.Select(mutant => mutant.Bug)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Each_mutant_still_finds_the_code_that_it_changes(string bug)
    {
        foreach (var file in MutantCatalogue.All.Single(mutant => mutant.Bug == bug).Changes.GroupBy(change => change.File))
        {
            var sound = File.ReadAllText(Path.Combine(ShopRig.Source, "Storefront.Jobs", file.Key));
            file.Aggregate(sound, (source, change) => change.ApplyTo(source)).ShouldNotBe(sound);
        }
    }
}
