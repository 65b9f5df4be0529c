namespace Storefront.Jobs.Reference;

/// <summary>Reads a table that <c>tools/fetch-reference-data</c> wrote: a code and what belongs to it, a line each.</summary>
internal static class ReferenceTable
{
    public static IEnumerable<(string Code, string Value)> Read(string name)
    {
        using var reader = new StreamReader(typeof(ReferenceTable).Assembly.GetManifestResourceStream(name)!);
        while (reader.ReadLine()?.Split(',') is [var code, var value]) yield return (code, value);
    }
}
