using System.Globalization;
using System.Text;

namespace Storefront.Web.Catalog;

/// <summary>What a text of the catalogue may hold. What nobody can see or type has no place in a SKU or a name.</summary>
internal static class CatalogText
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>The SKU is written into links, cookies and the partners' systems: what it is there has to be what people read.</summary>
    public static string? WrongSku(string sku) =>
        WrongLine("sku", sku, 64)
        ?? (sku.Any(c => char.IsWhiteSpace(c) && c != ' ') ? "sku has a space in it that is not the ordinary one" : null)
        ?? (sku.Split('/').Any(part => part.Length == 0) ? $"sku {sku} begins or ends with a slash or has two in a row, and its link would lead elsewhere" : null)
        ?? (sku.Split('/').Any(part => part is "." or "..") ? $"sku {sku} cannot be reached by a link: \".\" and \"..\" mean other folders there" : null);

    /// <summary>One line of text.</summary>
    public static string? WrongLine(string column, string value, int longest) =>
        value.Length == 0 ? $"{column} is empty" : WrongLength(column, value, longest) ?? WrongCharacter(column, value, IsSeenInALine);

    /// <summary>Text with line breaks, as it comes from other programs.</summary>
    public static string? WrongParagraphs(string column, string value, int longest) =>
        WrongLength(column, value, longest) ?? WrongCharacter(column, value, IsSeenInParagraphs);

    // Postgres counts code points; a person counts what they see, of which one may be several of those.
    private static string? WrongLength(string column, string value, int longest)
    {
        var (stored, seen) = (value.EnumerateRunes().Count(), new StringInfo(value).LengthInTextElements);
        return stored <= longest ? null
            : seen > longest ? $"{column} has {seen} characters, and may have {longest}"
            : $"{column} has {seen} characters that take {stored} to store, and may take {longest}";
    }

    private static string? WrongCharacter(string column, string value, Func<Rune?, Rune, Rune?, bool> isSeen)
    {
        var runes = value.EnumerateRunes().ToList();
        for (var i = 0; i < runes.Count; i++)
            if (!isSeen(i > 0 ? runes[i - 1] : null, runes[i], i + 1 < runes.Count ? runes[i + 1] : null))
                return $"{column} has the invisible character U+{runes[i].Value:X4} in it, as character {i + 1}";
        return null;
    }

    // Joiners make one picture or one word of several in scripts that need them; between Latin letters they only hide.
    private static bool IsSeenInALine(Rune? before, Rune rune, Rune? after) =>
        rune.Value is ZeroWidthJoiner or ZeroWidthNonJoiner ? before is { IsAscii: false } && after is { IsAscii: false } : Rune.GetUnicodeCategory(rune) is not
            (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate) || IsFlagTag(rune);

    private static bool IsSeenInParagraphs(Rune? before, Rune rune, Rune? after) =>
        rune.Value is '\n' or '\r' or '\t' or 0x00AD or 0x200B or 0x2028 or 0x2029 || IsSeenInALine(before, rune, after);

    // The flags of England, Scotland and Wales are spelled with these.
    private static bool IsFlagTag(Rune rune) => rune.Value is >= 0xE0020 and <= 0xE007F;
}
