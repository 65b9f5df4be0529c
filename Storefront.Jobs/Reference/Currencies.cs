using System.Collections.Frozen;
using System.Globalization;

namespace Storefront.Jobs.Reference;

/// <summary>ISO 4217: which currencies there are, and how many decimals each has.</summary>
public static class Currencies
{
    private static readonly FrozenDictionary<string, int> Decimals = ReferenceTable.Read("currencies.csv")
        .ToFrozenDictionary(row => row.Code, row => int.Parse(row.Value, CultureInfo.InvariantCulture), StringComparer.Ordinal);

    public static IReadOnlyList<string> Codes { get; } = [.. Decimals.Keys.Order(StringComparer.Ordinal)];

    public static bool IsKnown(string? code) => code is not null && Decimals.ContainsKey(code);

    /// <summary>2 for a currency that is not in the table.</summary>
    public static int DecimalsOf(string code) => Decimals.GetValueOrDefault(code, 2);
}
