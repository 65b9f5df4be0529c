using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Storefront.Jobs.Database;

/// <summary>
/// Makes JSON storable as <c>jsonb</c>. It does what <see cref="StorableText"/> does to text, also for characters that are written as
/// <c>\uXXXX</c>. A backslash that is itself escaped begins no such sequence: the JSON of the six characters <c>\u0000</c> is left alone.
/// </summary>
internal static partial class StorableJson
{
    [return: NotNullIfNotNull(nameof(json))]
    public static string? From(string? json) => StorableText.From(
        json is null || !json.Contains("\\u", StringComparison.Ordinal) ? json
            : Escape().Replace(json, escape => escape.Groups["bad"].Success ? "\\uFFFD" : escape.Value));

    // A pair, which is kept; NUL or half a pair; any other escape, whose second character begins nothing.
    [GeneratedRegex(@"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
        + @"|(?<bad>\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2}))|\\.", RegexOptions.Singleline)]
    private static partial Regex Escape();
}
