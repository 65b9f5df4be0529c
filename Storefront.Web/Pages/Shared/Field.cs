namespace Storefront.Web.Pages.Shared;

/// <summary>One input with its label, and its error in the words of the summary above.</summary>
/// <param name="Name">As in the API's JSON, so an error finds its field by name.</param>
public sealed record Field(string Name, string Label, string? Value, string? Error, string Autocomplete)
{
    public string Id => IdOf(Name);
    public string Type { get; init; } = "text";
    public string? InputMode { get; init; }
    public string? Hint { get; init; }
    public bool Optional { get; init; }

    /// <summary>The field is required only for some choices of another field.</summary>
    public (string Field, IEnumerable<string> Choices)? RequiredFor { get; init; }

    public string? Width { get; init; }
    public IReadOnlyList<(string Code, string Name)>? Choices { get; init; }

    public string? DescribedBy => (Hint, Error) switch
    {
        (null, null) => null,
        (null, _) => $"{Id}-error",
        (_, null) => $"{Id}-hint",
        _ => $"{Id}-hint {Id}-error",
    };

    public static string IdOf(string name) => name.Replace('.', '-');
}
