using System.Text;
using System.Text.RegularExpressions;
using Storefront.Tests.Support;

namespace Storefront.Tests.Documents;

/// <summary>A document in Markdown, parsed as GitHub does.</summary>
/// <param name="Path">Below the repository's root.</param>
internal sealed partial record Document(string Path)
{
    /// <summary>Everything that is written for people.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "README.md", "CONTRIBUTING.md", "SECURITY.md", "THIRD-PARTY.md",
        .. new[] { "docs", "ops/runbooks" }.SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*.md"))
            .Select(file => System.IO.Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    private readonly string text = File.ReadAllText(Repository.File(Path));

    public string[] Lines => text.Split('\n');

    /// <summary>The text without its fenced blocks.</summary>
    public string Prose => Fence().Replace(text, "");

    /// <summary>The fenced blocks with their language.</summary>
    public IEnumerable<(string Language, string Text)> Blocks => Fence().Matches(text).Select(block =>
        (block.Groups["language"].Value, WithoutIndent(block.Groups["text"].Value, block.Groups["indent"].Value)));

    /// <summary>What stands between backticks.</summary>
    public IEnumerable<string> Code => CodeSpan().Matches(Prose).Select(span => span.Groups[1].Value);

    public IEnumerable<string> Links => Link().Matches(Prose).Select(link => link.Groups[1].Value);

    /// <summary>Where a link with <c>#</c> can lead.</summary>
    public IEnumerable<string> Anchors => Heading().Matches(Prose)
        .Select(heading => NotInAnAnchor().Replace(heading.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    /// <summary>The rows of the table that begins with these columns, each as its cells.</summary>
    /// <param name="below">A line that it comes after.</param>
    public IReadOnlyList<string[]> Table(string columns, string below = "")
    {
        var rows = Lines.SkipWhile(line => below.Length > 0 && line != below)
            .SkipWhile(line => !line.StartsWith(columns, StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line[1..^1].Split('|').Select(cell => cell.Trim()).ToArray()).ToList();
        rows.ShouldNotBeEmpty($"{Path} has no table that begins with {columns}");
        return rows;
    }

    /// <summary>The commands in its blocks of shell, and those between backticks, each as its words.</summary>
    public IEnumerable<string[]> Commands =>
        Blocks.Where(block => block.Language == "sh").SelectMany(block => Words(block.Text))
            .Concat(Code.Where(span => span.StartsWith("dotnet ", StringComparison.Ordinal)).SelectMany(Words));

    // This reads as much of a shell as documents use: words, both kinds of quotes, comments, and one command a line.
    private static IEnumerable<string[]> Words(string script)
    {
        var (words, word, quote, commands) = (new List<string>(), new StringBuilder(), '\0', new List<string[]>());
        foreach (var letter in Comment().Replace(script.Replace("\\\n", " "), "") + "\n")
        {
            if (quote != '\0' && letter == quote) quote = '\0';
            else if (quote == '\0' && letter is ('\'' or '"')) quote = letter;
            else if (quote != '\0' || !char.IsWhiteSpace(letter)) word.Append(letter);
            else
            {
                if (word.Length > 0) words.Add(word.ToString());
                word.Clear();
                if (letter != '\n' || words.Count == 0) continue;
                commands.Add([.. words]);
                words.Clear();
            }
        }

        return commands;
    }

    private static string WithoutIndent(string block, string indent) =>
        indent.Length == 0 ? block : ("\n" + block).Replace("\n" + indent, "\n")[1..];

    [GeneratedRegex(@"^(?<indent>[ ]*)```(?<language>\w*)\n(?<text>.*?)^\k<indent>```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnAnchor();

    [GeneratedRegex(@"(?<=\s)#.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
