using System.Text.RegularExpressions;
using Storefront.Tests.Support;

namespace Storefront.Tests.Documents;

/// <summary>Code that a document shows under the name of a file is that file.</summary>
public sealed partial class CodeInDocumentsTests
{
    [Fact]
    public void Code_under_the_name_of_a_file_is_the_file()
    {
        var shown = Directory.EnumerateFiles(Repository.File("docs"), "*.md")
            .SelectMany(file => Shown().Matches(File.ReadAllText(file))).ToList();

        shown.Count.ShouldBeGreaterThan(5);
        foreach (var code in shown)
            code.Groups["code"].Value.TrimEnd().ShouldBe(File.ReadAllText(Repository.File(code.Groups["file"].Value)).TrimEnd());
    }

    [Fact]
    public void The_lines_of_effects_that_a_document_shows_are_in_the_list_of_effects()
    {
        var lines = File.ReadLines(Repository.File("docs/adding-a-partner.md")).Where(line => line.StartsWith("Effect.Of<")).ToList();

        lines.Count.ShouldBe(2);
        foreach (var line in lines) File.ReadAllText(Repository.File("Storefront.Jobs/OrderEffects.cs")).ShouldContain(line);
    }

    [GeneratedRegex(@"^`(?<file>Storefront\.[^`]+)`:\n\n```\w+\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Shown();
}
