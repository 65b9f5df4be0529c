using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests;

/// <summary>Only the CrashPoints build contains code that can kill the shop.</summary>
public sealed class CrashPointsTests
{
    private static readonly string Ordinary = Path.Combine(AppContext.BaseDirectory, "Storefront.Jobs.dll");
    private static readonly string Crashing = Path.Combine(ShopRig.CrashBuild, "Storefront.Jobs.dll");

    [Fact]
    public void The_CrashPoints_build_contains_the_name_of_every_crash_point() =>
        Crashes.AllPoints.Except(WordsIn(Crashing)).ShouldBeEmpty();

    [Fact]
    public void An_ordinary_build_contains_no_name_of_a_crash_point() =>
    WordsIn(Ordinary).Intersect([.. Crashes.AllPoints, "STOREFRONT_CRASH_AT", "STOREFRONT_STOP_AT", "STOREFRONT_HANG_AT"]).ShouldBeEmpty();

    [Fact]
    public void An_ordinary_build_has_no_code_that_kills_the_process()
    {
        MethodsOf(Ordinary).ShouldNotContain("Reached");
        NativeImportsOf(Ordinary).ShouldBeEmpty();
        NativeImportsOf(Crashing).ShouldBe(["kill"]);
    }

    private static HashSet<string> WordsIn(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        var words = new HashSet<string>();
        for (var handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle =
            metadata.GetNextHandle(handle)) words.Add(metadata.GetUserString(handle));
        return words;
    }

    private static IEnumerable<string> MethodsOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return [.. metadata.MethodDefinitions.Select(handle => metadata.GetString(metadata.GetMethodDefinition(handle).Name))];
    }

    private static IEnumerable<string> NativeImportsOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return [.. metadata.MethodDefinitions.Select(metadata.GetMethodDefinition)
            .Where(method => !method.GetImport().Module.IsNil).Select(method => metadata.GetString(method.GetImport().Name))];
    }
}
