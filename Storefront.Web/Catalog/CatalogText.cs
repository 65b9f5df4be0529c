using System.Globalization;
using System.Text;

namespace Storefront.Web.Catalog;

/// <summary>Which characters a text of the catalogue may contain. A SKU or a name may not contain invisible ones.</summary>
internal static class CatalogText
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int CombiningJoiner = 0x034F;
    private const int KeycapFrame = 0x20E3;
    private const int BlackFlag = 0x1F3F4;
    private const int BrailleBlank = 0x2800;

    /// <summary>A SKU goes into links, cookies and the partners' systems. It must be exactly what people read.</summary>
    public static string? WrongSku(string sku) =>
        WrongLine("sku", sku, 64)
        ?? (sku.Any(c => char.IsWhiteSpace(c) && c != ' ') ? "sku has a space character in it that is not an ordinary space" : null)
        ?? (sku.Split('/').Any(part => part.Length == 0)
            ? $"sku {sku} begins or ends with a slash or has two in a row, and its link would lead elsewhere"
            : null)
        ?? (sku.Split('/').Any(part => part is "." or "..")
            ? $"sku {sku} cannot be reached by a link: \".\" and \"..\" mean other folders there"
            : null);

    public static string? WrongLine(string column, string value, int longest) =>
        value.Length == 0 ? $"{column} is empty" : WrongLength(column, value, longest) ?? WrongCharacter(column, value, IsSeenInALine);

    /// <summary>Text with line breaks, as it comes from other programs.</summary>
    public static string? WrongParagraphs(string column, string value, int longest) =>
        WrongLength(column, value, longest) ?? WrongCharacter(column, value, IsSeenInParagraphs);

    // Postgres counts code points, people count characters, and one character may be several code points.
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

    // Some characters change the one before them, or join two; beside any other character they are invisible.
    // Some letters and signs are always blank.
    private static bool IsSeenInALine(Rune? before, Rune rune, Rune? after) => rune.Value switch
    {
        ZeroWidthJoiner or ZeroWidthNonJoiner or CombiningJoiner => before is { IsAscii: false } && after is { IsAscii: false },
        >= 0xFE00 and <= 0xFE0F => after?.Value == KeycapFrame || before is { } picture && HasVariants(picture),
        >= 0xE0100 and <= 0xE01EF => before is { } ideograph && Rune.GetUnicodeCategory(ideograph) == UnicodeCategory.OtherLetter,
        >= 0x180B and <= 0x180D or 0x180F => before is { Value: >= 0x1820 and <= 0x18AA }, // Mongolian letters
        // These spell the flags of England, Scotland and Wales.
        >= 0xE0020 and <= 0xE007F => before is { Value: BlackFlag or (>= 0xE0020 and <= 0xE007E) },
        BrailleBlank => before is { Value: > BrailleBlank and <= 0x28FF } && after is { Value: > BrailleBlank and <= 0x28FF },
        0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x17B4 or 0x17B5 => false, // fillers of Hangul and unwritten vowels of Khmer
        _ => Rune.GetUnicodeCategory(rune) is not
            (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate),
    };

    private static bool HasVariants(Rune before) =>
        !before.IsAscii && Rune.GetUnicodeCategory(before) is not (
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.NonSpacingMark);

    private static bool IsSeenInParagraphs(Rune? before, Rune rune, Rune? after) =>
        rune.Value is '\n' or '\r' or '\t' or 0x00AD or 0x200B or 0x2028 or 0x2029 || IsSeenInALine(before, rune, after);
}
