using System.Globalization;
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
    private const int LongestLine = 80;

    /// <summary>Letters and what stands between the letters of names, and not many of them.</summary>
    public static bool IsName(string text) =>
        text.Length <= LongestName && text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length <= MostWords
        && NameCharacters().IsMatch(text) && !HasLink(text);

    /// <summary>No longer than such lines are, without a link, a price, a telephone number or an appeal.</summary>
    public static bool IsAddressLine(string? text) =>
        text is null || text.Length <= LongestLine && !HasLink(text) && !Offer().IsMatch(text);

    public static bool HasLink(string? text) =>
        text is not null && Link().IsMatch(string.Concat(text.Where(c => char.GetUnicodeCategory(c) != UnicodeCategory.Format)));

    [GeneratedRegex(@"[!?%\p{Sc}]|\p{Nd}([ ./()\-]{0,2}\p{Nd}){6}", RegexOptions.CultureInvariant)]
    private static partial Regex Offer();

    [GeneratedRegex(@"^[\p{L}\p{M} .,'’‘`´·()\-‐]+$", RegexOptions.CultureInvariant)]
    private static partial Regex NameCharacters();

    // A scheme, an email address, the numbers of a machine, or a domain: a dot with nothing between it and the two letters after it.
    [GeneratedRegex(@":/|@|\bwww\b|\d{1,3}(\.\d{1,3}){3}|[\p{L}\p{N}][.。．｡․]\p{L}{2}",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
