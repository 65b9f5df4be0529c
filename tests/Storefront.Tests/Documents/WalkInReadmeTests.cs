using System.Globalization;
using System.Text.RegularExpressions;
using Storefront.Tests.Support;

namespace Storefront.Tests.Documents;

/// <summary>The way of an order, as README's table shows it, stays short enough to be read in one sitting.</summary>
public sealed partial class WalkInReadmeTests
{
    private const int MaxFiles = 12, MaxLines = 700;

    [Fact]
    public void The_life_of_an_order_is_as_long_as_its_caption_says()
    {
        var section = File.ReadAllText(Repository.File("README.md")).Split("## The life of an order")[1].Split("\n## ")[0];
        var files = Row().Matches(section).SelectMany(row => Link().Matches(row.Value)).Select(link => link.Groups[1].Value)
            .Distinct().ToList();
        var lines = files.Sum(file => File.ReadLines(Repository.File(file)).Count(IsCode));

        var caption = Caption().Match(section);
        int.Parse(caption.Groups["files"].Value, CultureInfo.InvariantCulture).ShouldBe(files.Count);
        int.Parse(caption.Groups["lines"].Value, CultureInfo.InvariantCulture).ShouldBe(lines);
        files.Count.ShouldBeLessThanOrEqualTo(MaxFiles);
        lines.ShouldBeLessThanOrEqualTo(MaxLines);
    }

    private static bool IsCode(string line) => line.Trim().Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal);

    [GeneratedRegex(@"^\| \d.*$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\]\(([^)]+\.cs)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"names (?<files>\d+) files with (?<lines>\d+) lines of code")]
    private static partial Regex Caption();
}
