using System.Text.RegularExpressions;

namespace Storefront.Jobs.Email;

/// <summary>
/// A mail goes to an address that anybody may have typed, and repeats what they typed beside it. What looks like an advertisement or like
/// something that a mail program makes a link of is left out, so that nobody has a reason to send one through this shop.
/// </summary>
internal static partial class TypedText
{
    private const int LongestName = 60;
    private const int MostWords = 6;

    /// <summary>Letters and what stands between the letters of names, and not many of them.</summary>
    public static bool IsName(string text) =>
        text.Length <= LongestName && text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length <= MostWords
        && NameCharacters().IsMatch(text) && !HasLink(text);

    public static bool HasLink(string? text) => text is not null && Link().IsMatch(text);

    [GeneratedRegex(@"^[\p{L}\p{M} .,'’‘`´·()\-‐]+$", RegexOptions.CultureInvariant)]
    private static partial Regex NameCharacters();

    // A scheme, an address, or a domain: two words of two letters or more with nothing but a dot between them.
    [GeneratedRegex(@":/|@|\bwww\b|[\p{L}\p{N}]{2}[.。．｡]\p{L}{2}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
