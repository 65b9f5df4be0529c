using System.Text.RegularExpressions;
using Storefront.Tests.Support;

namespace Storefront.Tests.Documents;

/// <summary>The files, headings, paths and tests that the documents name exist.</summary>
public sealed partial class DocumentTests
{
    // Programs make these folders, and they are not part of the repository.
    private static readonly string[] Made = [".git", ".sandbox", "bin", "obj", "node_modules", "TestResults"];

    private static readonly HashSet<string> Files = [.. FilesIn(Repository.Root)];

    public static TheoryData<string> Documents => [.. Document.All];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_to_a_file_and_to_a_heading_that_exist(string path)
    {
        var document = new Document(path);
        foreach (var link in document.Links.Where(link => !link.StartsWith("http", StringComparison.Ordinal)))
        {
            var (file, heading) = link.Split('#') is [var before, var after] ? (before, after) : (link, null);
            var target = file.Length == 0 ? Repository.File(path) : Path.Combine(Path.GetDirectoryName(Repository.File(path))!, file);
            Path.Exists(target).ShouldBeTrue($"{path} links to {link}, and there is no such file.");
            if (heading is not null)
                new Document(Path.GetRelativePath(Repository.Root, target)).Anchors.ShouldContain(heading, $"{path} links to {link}.");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_between_backticks_exists(string path)
    {
        foreach (var named in new Document(path).Code)
        {
            if (PathBelowTheRoot().IsMatch(named)) Path.Exists(Repository.File(named)).ShouldBeTrue($"{path} names {named}.");
            else if (FileName().IsMatch(named)) Files.ShouldContain(named, $"{path} names {named}.");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_block_names_its_language_and_no_line_of_text_is_too_long(string path)
    {
        var document = new Document(path);
        document.Blocks.ShouldAllBe(block => block.Language != "", $"{path} has a block without a language.");
        if (path.StartsWith("ops/", StringComparison.Ordinal) || path == "THIRD-PARTY.md") return;
        document.Prose.Split('\n').Where(line => line.Length > 140 && !line.StartsWith('|')).ShouldBeEmpty();
    }

    [Fact]
    public void Every_test_that_a_document_names_exists()
    {
        var tests = typeof(DocumentTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods()).Select(method => method.Name).ToHashSet();
        var named = Document.All.SelectMany(path => new Document(path).Code).Where(code => TestName().IsMatch(code)).ToList();
        named.Count.ShouldBeGreaterThan(40);
        named.Where(name => !tests.Contains(name)).ShouldBeEmpty();
    }

    [Fact]
    public void The_readme_has_150_lines_at_most() => new Document("README.md").Lines.SkipLast(1).Count().ShouldBeLessThanOrEqualTo(150);

    [Fact]
    public void The_readme_links_every_document() =>
        Document.All.Where(path => path != "README.md" && !path.StartsWith("ops/", StringComparison.Ordinal))
            .Except(new Document("README.md").Links).ShouldBeEmpty();

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder).Select(Path.GetFileName).OfType<string>().Concat(
            Directory.EnumerateDirectories(folder).Where(below => !Made.Contains(Path.GetFileName(below))).SelectMany(FilesIn));

    [GeneratedRegex(@"^(\.ci|\.github|docs|ops|tests|tools|Storefront\.(Web|Jobs|Sandbox))(/[\w.-]+)*/?$")]
    private static partial Regex PathBelowTheRoot();

    [GeneratedRegex(@"^[\w.-]+\.(cs|csproj|sln|json|props|yml|http|md)$")]
    private static partial Regex FileName();

    [GeneratedRegex("^[A-Z][a-z]*(?:_[A-Za-z0-9]+){3,}$")]
    private static partial Regex TestName();
}
