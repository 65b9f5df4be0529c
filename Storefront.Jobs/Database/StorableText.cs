using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Storefront.Jobs.Database;

/// <summary>
/// Makes text from outside storable. Postgres takes neither NUL nor half a surrogate pair, and a log, a header or a mail may not either:
/// each becomes U+FFFD, the replacement character, which people read as "something was lost here".
/// </summary>
public static class StorableText
{
    private const char Replacement = '\uFFFD';

    // In UTF-16. The longest emoji have 35; a letter with hundreds of accents is cut like any text.
    private const int MaxCharacterLength = 64;

    [return: NotNullIfNotNull(nameof(text))]
    public static string? From(string? text)
    {
        if (text is null || !MayHoldUnstorable(text)) return text;
        return string.Create(text.Length, text, static (result, text) =>
        {
            text.CopyTo(result);
            for (var at = 0; at < result.Length; at++)
            {
                if (IsPairAt(result, at)) at++;
                else if (result[at] == '\0' || char.IsSurrogate(result[at])) result[at] = Replacement;
            }
        });
    }

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
            if (length > MaxCharacterLength) length = IsPairAt(text, at) ? 2 : 1;
            characters += Characters(text.AsSpan(at, length));
            if (characters > maxCharacters) return text[..cut] + "…";
            at += length;
            if (characters < maxCharacters) cut = at;
        }

        return text;
    }

    private static bool MayHoldUnstorable(ReadOnlySpan<char> text) => text.Contains('\0') || text.ContainsAnyInRange('\uD800', '\uDFFF');

    private static bool IsPairAt(ReadOnlySpan<char> text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]);

    private static int Characters(ReadOnlySpan<char> text)
    {
        var characters = 0;
        foreach (var _ in text.EnumerateRunes()) characters++;
        return characters;
    }
}
