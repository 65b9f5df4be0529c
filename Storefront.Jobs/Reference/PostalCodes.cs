using System.Collections.Frozen;

namespace Storefront.Jobs.Reference;

/// <summary>Which countries have postal codes, after the address data of Google (libaddressinput).</summary>
public static class PostalCodes
{
    private static readonly FrozenDictionary<string, PostalCodeUse> Uses = ReferenceTable.Read("postal-codes.csv")
        .ToFrozenDictionary(row => row.Code, row => Enum.Parse<PostalCodeUse>(row.Value, ignoreCase: true), StringComparer.Ordinal);

    /// <summary>The countries in which every address has a postal code.</summary>
    public static IReadOnlyList<string> Required { get; } =
        [.. Uses.Where(use => use.Value == PostalCodeUse.Required).Select(use => use.Key).Order(StringComparer.Ordinal)];

    /// <param name="country">ISO 3166-1 alpha-2. Of a country that is not in the data, nothing is demanded.</param>
    public static PostalCodeUse In(string? country) => Uses.GetValueOrDefault(country ?? "", PostalCodeUse.Optional);
}

public enum PostalCodeUse
{
    Required,
    Optional,

    /// <summary>The country has none. One that is given all the same is kept.</summary>
    Absent,
}
