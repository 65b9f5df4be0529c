using System.Text.RegularExpressions;
using Storefront.Tests.Support;

namespace Storefront.Tests;

/// <summary>What the README points at is there.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Repository.File("README.md"));

    [Fact]
    public void Every_file_it_links_exists() =>
        Links().Matches(Readme).Select(link => link.Groups[1].Value).Where(target => !target.StartsWith("http", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Repository.File(target))).ShouldBeEmpty();

    [Fact]
    public void Every_test_it_names_exists()
    {
        var tests = typeof(ReadmeTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()).Select(method => method.Name).ToHashSet();
        var named = TestNames().Matches(Readme).Select(name => name.Groups[1].Value).ToList();
        named.Count.ShouldBeGreaterThan(5);
        named.Where(name => !tests.Contains(name)).ShouldBeEmpty();
    }

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex("`([A-Z][a-z]*(?:_[a-z0-9]+){3,})`")]
    private static partial Regex TestNames();
}
