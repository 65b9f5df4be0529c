using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests.Mutants;

/// <summary>A shop with one bug put in on purpose, and the scenario that has to notice it.</summary>
/// <param name="Bug">A sentence about the broken shop.</param>
/// <param name="Sign">What a complaint has to say: red for another reason is luck.</param>
/// <param name="Changes">To a copy of the sources, so that the product itself knows nothing of any mutant.</param>
/// <param name="Sabotage">What is done to the running rig from outside, by SQL.</param>
internal sealed record Mutant(
    string Bug, string Sign, Scenario NoticedBy, IReadOnlyList<Change> Changes, Func<ShopRig, Task>? Sabotage = null);

/// <param name="File">Below Storefront.Jobs.</param>
/// <param name="Sound">As it stands there, exactly once.</param>
internal sealed record Change(string File, string Sound, string Broken)
{
    public string ApplyTo(string source)
    {
        // A change that matches nothing would leave the code correct, and the mutant would survive for the wrong reason.
        if (source.Split(Sound).Length != 2)
            throw new InvalidOperationException(
                $"Storefront.Jobs/{File} does not contain \"{Sound}\" exactly once: bring the mutant up to date.");
        return source.Replace(Sound, Broken, StringComparison.Ordinal);
    }
}
