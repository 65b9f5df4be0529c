using System.Text.RegularExpressions;
using Storefront.Tests.Support;

namespace Storefront.Tests.Documents;

/// <summary>The projects, classes, scenarios and settings in the commands of the documents exist.</summary>
public sealed partial class CommandsInDocumentsTests
{
    // The arguments of these programs name nothing in this repository.
    private static readonly string[] Others = ["curl", "psql", "pg_dump", "pg_restore", "export"];

    public static TheoryData<string> Documents => [.. Document.All];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_command_names_projects_tests_and_settings_that_exist(string path)
    {
        foreach (var command in new Document(path).Commands)
            Fault([.. command.SkipWhile(word => Assignment().IsMatch(word))]).ShouldBeNull($"{path}: {string.Join(' ', command)}");
    }

    [Theory]
    [InlineData("dotnet run --project tests/Storefront.Test")]
    [InlineData("dotnet build Storefront.Job")]
    [InlineData("dotnet run --project tests/Storefront.Tests -- -class *NoSuchTests")]
    [InlineData("dotnet run --project tests/Storefront.Tests -- -method *No_such_test")]
    [InlineData("dotnet run --project tests/Storefront.Fault.Tests -- play F99")]
    [InlineData("dotnet run --project tests/Storefront.Fault.Tests -- kills --pints 3")]
    [InlineData("dotnet run -c Release --project tests/Storefront.Benchmarks -- job")]
    [InlineData("dotnet Storefront.Web.dll --migrat")]
    [InlineData("dotnet Storefront.Web.dll --Database:ApRole=shop")]
    [InlineData("dotnet run tools/Bom.cs")]
    [InlineData(".ci/walk")]
    [InlineData("make")]
    public void A_command_that_names_something_unknown_is_reported(string command) => Fault(command.Split(' ')).ShouldNotBeNull();

    /// <returns>What is wrong, or null.</returns>
    private static string? Fault(string[] command) => command switch
    {
        [] => null,
        ["dotnet", "build" or "test" or "restore"] => null,
        ["dotnet", "build" or "publish", .. var options, var project] when options is [] or ["-c", "Release"] => FaultOfProject(project),
        ["dotnet", "run", var file, ..] when file.EndsWith(".cs", StringComparison.Ordinal) => FaultOfFile(file),
        ["dotnet", "run", .. var rest] when Array.IndexOf(rest, "--project") is >= 0 and var at && at + 1 < rest.Length =>
            FaultOfProject(rest[at + 1]) ?? FaultOfArguments(rest[at + 1], [.. rest.SkipWhile(word => word != "--").Skip(1)]),
        ["dotnet", var library, .. var rest] when library.EndsWith(".dll", StringComparison.Ordinal) =>
            FaultOfProject(library[..^4]) ?? FaultOfArguments(library[..^4], rest),
        ["git", "grep", "-n", _, .. var folders] => folders.FirstOrDefault(folder => !Directory.Exists(Repository.File(folder))),
        [var script] when script.StartsWith('.') => FaultOfFile(script),
        [var other, ..] => Others.Contains(other) ? null : $"Nobody checks {other} here.",
    };

    private static string? FaultOfFile(string path) => File.Exists(Repository.File(path)) ? null : $"There is no {path}.";

    private static string? FaultOfProject(string folder) => FaultOfFile($"{folder}/{Path.GetFileName(folder)}.csproj");

    private static string? FaultOfArguments(string project, string[] arguments) => project switch
    {
        "Storefront.Web" => arguments.FirstOrDefault(word => !IsOfTheShop(word)),
        "tests/Storefront.Benchmarks" when arguments is [var benchmark, .. var rest] =>
            !IsIn($"{project}/Program.cs", $"case [\"{benchmark}\"") ? benchmark
            : rest.FirstOrDefault(word => word.StartsWith('-') && !IsIn($"{project}/Options.cs", $"\"{word}\"")),
        "tests/Storefront.Fault.Tests" when arguments is ["play" or "kills" or "mutants", .. var rest] => rest.FirstOrDefault(word =>
            word.StartsWith('-') ? !IsIn($"{project}/Commands.cs", $"\"{word}\"")
            : word[0] == 'F' && !IsIn($"{project}/Scenarios/Catalogue.cs", $"new(\"{word}\",")),
        _ when project.StartsWith("tests/", StringComparison.Ordinal) => FaultOfTests(project, arguments),
        _ => arguments.FirstOrDefault(),
    };

    private static string? FaultOfTests(string project, string[] arguments) => arguments switch
    {
        [] => null,
        ["-class", var name, .. var rest] => IsInSources(project, $"class {name.TrimStart('*')}") ? FaultOfTests(project, rest) : name,
        ["-method", var name, .. var rest] => IsInSources(project, $" {name.TrimStart('*')}(") ? FaultOfTests(project, rest) : name,
        ["-explicit", "only", .. var rest] => FaultOfTests(project, rest),
        [var unknown, ..] => unknown,
    };

    private static bool IsOfTheShop(string word) =>
        word is "--migrate" or "--help" or "import" or "--role" || !word.StartsWith('-')
        || Setting().Match(word) is { Success: true } setting && SettingsInDocumentsTests.Known.ContainsKey(setting.Groups[1].Value);

    private static bool IsInSources(string project, string text) =>
        Directory.EnumerateFiles(Repository.File(project), "*.cs", SearchOption.AllDirectories)
            .Any(file => File.ReadAllText(file) is var source && source.IndexOf(text, StringComparison.Ordinal) is >= 0 and var at
                && (text.EndsWith('(') || !char.IsLetterOrDigit(source[at + text.Length])));

    private static bool IsIn(string file, string text) => File.ReadAllText(Repository.File(file)).Contains(text, StringComparison.Ordinal);

    [GeneratedRegex("^[A-Za-z_]+=")]
    private static partial Regex Assignment();

    [GeneratedRegex("^--([A-Z][A-Za-z:]+)(=|$)")]
    private static partial Regex Setting();
}
