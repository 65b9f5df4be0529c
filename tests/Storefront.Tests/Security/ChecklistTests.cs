using System.Text.RegularExpressions;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>The tests that SECURITY.md names for each line of its checklist exist.</summary>
public sealed partial class ChecklistTests
{
    [Fact]
    public void Every_line_of_the_checklist_names_tests_that_exist()
    {
        var lines = File.ReadLines(Repository.File("SECURITY.md")).Where(line => Line().IsMatch(line)).ToList();
        lines.Select(line => line.Split('|')[1].Trim()).ShouldBe(Enumerable.Range(1, 34).Select(number => $"S{number}"));

        var named = lines.SelectMany(line => Test().Matches(line)).ToList();
        named.Count.ShouldBeGreaterThan(34);
        foreach (var test in named)
        {
            var (name, method) = (test.Groups[1].Value, test.Groups[2].Value);
            if (name == "ContentPolicyTests") continue; // It is in Storefront.Browser.Tests.
            var type = typeof(ChecklistTests).Assembly.GetTypes().SingleOrDefault(type => type.Name == name)
                .ShouldNotBeNull($"There is no {name}.");
            if (method.Length > 0)
                type.GetMethods().Select(candidate => candidate.Name)
                    .ShouldContain(candidate => candidate.StartsWith(method, StringComparison.Ordinal), $"There is no {name}.{method}");
        }
    }

    [GeneratedRegex(@"^\| S\d+ \|")]
    private static partial Regex Line();

    [GeneratedRegex(@"`(\w+Tests|When\w+|Without\w+)(?:\.(\w+))?…?`")]
    private static partial Regex Test();
}
