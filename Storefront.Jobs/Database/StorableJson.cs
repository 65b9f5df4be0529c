using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Storefront.Jobs.Database;

/// <summary>
/// Makes JSON storable as <c>jsonb</c>. It does what <see cref="StorableText"/> does to text, also for characters that are written as
/// <c>\uXXXX</c>. A backslash that is itself escaped begins no such sequence: the JSON of the six characters <c>\u0000</c> is left alone.
/// </summary>
internal static class StorableJson
{
    private const string Replacement = "\\uFFFD";

    [return: NotNullIfNotNull(nameof(json))]
    public static string? From(string? json)
    {
        if (json is null || !json.Contains("\\u", StringComparison.Ordinal)) return StorableText.From(json);

        var storable = new StringBuilder(json.Length);
        for (var at = 0; at < json.Length;)
        {
            var length = LengthOfCharacter(json, at);
            if (Escaped(json, at) is { } escaped && IsUnstorable(escaped, json, ref length, at)) storable.Append(Replacement);
            else storable.Append(json, at, length);
            at += length;
        }

        return StorableText.From(storable.ToString());
    }

    // Six characters for \uXXXX, two for any other escape.
    private static int LengthOfCharacter(string json, int at) =>
        json[at] != '\\' ? 1 : Escaped(json, at) is null ? Math.Min(2, json.Length - at) : 6;

    private static char? Escaped(string json, int at) =>
        json[at] == '\\' && at + 6 <= json.Length && json[at + 1] == 'u'
        && ushort.TryParse(json.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? (char)code
            : null;

    // A pair is two sequences side by side, and both are kept.
    private static bool IsUnstorable(char escaped, string json, ref int length, int at)
    {
        if (!char.IsSurrogate(escaped)) return escaped == '\0';
        if (at + length >= json.Length || Escaped(json, at + length) is not { } next || !char.IsSurrogatePair(escaped, next)) return true;
        length += 6;
        return false;
    }
}
