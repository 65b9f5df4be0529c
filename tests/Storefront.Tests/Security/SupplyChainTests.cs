using System.Text.Json;
using System.Xml.Linq;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>Packages are pinned and listed, and have an accepted licence.</summary>
public sealed class SupplyChainTests
{
    private static readonly string[] Licences =
        ["MIT", "Apache-2.0", "BSD-3-Clause", "PostgreSQL", "MS-PL OR Apache-2.0", "LGPL-3.0-or-later"];

    [Fact]
    public void Every_package_of_the_shop_is_listed_with_its_version_and_licence()
    {
        var listed =
            File.ReadLines(Repository.File("THIRD-PARTY.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
            .Select(line => line.Trim('|', ' ').Split(" | "))
            .ToDictionary(cells => cells[0], cells => (Version: cells[1], Licence: cells[2]));

        var used = Locked("Storefront.Web").ToDictionary(package => package.Name, package => package.Version);
        listed.ToDictionary(package => package.Key, package => package.Value.Version)
            .ShouldBe(used, ignoreOrder: true, "Run: dotnet run tools/Sbom.cs -- licences > THIRD-PARTY.md");
        listed.Values.Select(package => package.Licence).Distinct().ShouldBeSubsetOf(Licences);
    }

    [Fact]
    public void Every_project_is_locked_and_every_locked_package_has_its_hash()
    {
        foreach (var project in Projects())
            File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")).ShouldBeTrue(project);
        foreach (var package in new[] { "Storefront.Web", "Storefront.Jobs", "Storefront.Sandbox" }.SelectMany(Locked))
            package.Hash.ShouldNotBeNullOrEmpty(package.Name);
        foreach (var lockFile in Directory.EnumerateFiles(Repository.File("tests"), "package-lock.json", SearchOption.AllDirectories)
            .Where(path => !path.Contains("node_modules", StringComparison.Ordinal)))
            using (var json = JsonDocument.Parse(File.ReadAllText(lockFile)))
                foreach (var package in json.RootElement.GetProperty("packages").EnumerateObject()
                    .Where(package => package.Name.Length > 0 && !package.Value.TryGetProperty("link", out _)))
                    package.Value.GetProperty("integrity").GetString()
                        .ShouldStartWith("sha512-", Case.Sensitive, $"{lockFile}: {package.Name}");
    }

    [Fact]
    public void The_build_fails_on_a_vulnerable_package_and_on_a_change_of_the_lock_file()
    {
        var settings = XDocument.Load(Repository.File("Directory.Build.props")).Descendants().Where(element => !element.HasElements)
            .ToLookup(element => element.Name.LocalName, element => element.Value);
        settings["TreatWarningsAsErrors"].ShouldHaveSingleItem().ShouldBe("true");
        settings["NuGetAuditMode"].ShouldHaveSingleItem().ShouldBe("all");
        settings["NuGetAuditLevel"].ShouldHaveSingleItem().ShouldBe("low");
        settings["RestoreLockedMode"].ShouldHaveSingleItem().ShouldBe("true");
        foreach (var code in new[] { "NU1901", "NU1902", "NU1903", "NU1904" })
            settings["NoWarn"].Concat(settings["WarningsNotAsErrors"])
                .ShouldAllBe(excused => !excused.Contains(code, StringComparison.Ordinal));
    }

    [Fact]
    public void The_JSON_library_has_the_fix_for_deeply_nested_JSON() =>
        Version.Parse(Locked("Storefront.Web").Single(package => package.Name == "Newtonsoft.Json").Version)
            .ShouldBeGreaterThanOrEqualTo(new Version(13, 0, 3));

    private static IEnumerable<string> Projects() => new[] { "Storefront.Web", "Storefront.Jobs", "Storefront.Sandbox", "tests" }
        .SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*.csproj", SearchOption.AllDirectories));

    private static IEnumerable<(string Name, string Version, string Hash)> Locked(string project)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Repository.File($"{project}/packages.lock.json")));
        return [.. json.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject())
            .Where(entry => entry.Value.GetProperty("type").GetString() != "Project").DistinctBy(entry => entry.Name)
            .Select(entry => (entry.Name, entry.Value.GetProperty("resolved").GetString()!,
                entry.Value.GetProperty("contentHash").GetString()!))];
    }
}
