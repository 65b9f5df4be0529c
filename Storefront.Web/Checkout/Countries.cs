namespace Storefront.Web.Checkout;

/// <summary>ISO 3166-1 alpha-2, with English names, as the form offers them.</summary>
public static class Countries
{
    public static IReadOnlyList<(string Code, string Name)> All { get; } = [.. Read()];

    public static bool IsKnown(string? code) => All.Any(country => country.Code == code);

    /// <summary>The code of a country given by code or English name, whatever its case; what was given where there is none.</summary>
    public static string CodeOf(string? text) => text is null ? "" : ByText.GetValueOrDefault(text.Trim(), text.Trim());

    private static readonly Dictionary<string, string> ByText =
        All.SelectMany(country => new[] { (country.Code, country.Code), (country.Name, country.Code) })
            .ToDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<(string Code, string Name)> Read()
    {
        using var reader = new StreamReader(typeof(Countries).Assembly.GetManifestResourceStream("countries.csv")!);
        while (reader.ReadLine()?.Split(',', 2) is [var code, var name]) yield return (code, name);
    }
}
