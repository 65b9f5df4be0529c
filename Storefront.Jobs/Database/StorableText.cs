using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Storefront.Jobs.Database;

/// <summary>
/// Makes text from outside storable. Postgres takes neither NUL nor half a surrogate pair, and a log, a header or a mail may not either:
/// each becomes U+FFFD, the replacement character, which people read as "something was lost here".
/// </summary>
public static class StorableText
{
    // In UTF-16. The longest emoji have 35; a letter with hundreds of accents is cut like any text.
    private const int MaxCharacterLength = 64;

    [return: NotNullIfNotNull(nameof(text))]
    public static string? From(string? text) => text is null || !MayHoldUnstorable(text)
        ? text
        : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD'); // UTF-8 has no half a pair: it is U+FFFD now

    /// <summary>
    /// Cuts text to so many characters (Unicode code points, as Postgres counts them). Where something was cut off, the last one is "…".
    /// What people see as one character, such as an emoji or a letter with its accent, is kept whole or left out.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Shorten(string? text, int maxCharacters)
    {
        text = From(text);
        if (text is null || text.Length <= maxCharacters) return text;

        var (at, characters, cut) = (0, 0, 0);
        while (at < text.Length)
        {
            var length = StringInfo.GetNextTextElementLength(text, at);
            if (length > MaxCharacterLength) length = char.IsSurrogatePair(text, at) ? 2 : 1;
            characters += text.Substring(at, length).EnumerateRunes().Count();
            if (characters > maxCharacters) return text[..cut] + "…";
            at += length;
            if (characters < maxCharacters) cut = at;
        }

        return text;
    }

    private static bool MayHoldUnstorable(ReadOnlySpan<char> text) => text.Contains('\0') || text.ContainsAnyInRange('\uD800', '\uDFFF');
}
