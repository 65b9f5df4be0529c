using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.WebUtilities;
using Storefront.Jobs.BackOffice;

namespace Storefront.Web.Pages.Admin.Failures;

/// <summary>Which failures are meant, as an address says it and a form repeats it.</summary>
public sealed partial record FailuresQuery
{
    /// <summary>How many can be chosen one by one: as many as a page shows.</summary>
    public const int PageSize = 50;

    public string? State { get; init; }
    public string? Partner { get; init; }
    public string? Effect { get; init; }
    public string? Error { get; init; }

    /// <summary>Only those ticked are meant: where none is, none, rather than all.</summary>
    public bool Chosen { get; init; }

    /// <summary>Ticked one by one, as <c>order/effect</c>.</summary>
    public string[] Only { get; init; } = [];

    /// <summary>An effect or a partner that does not exist has no failures.</summary>
    [BindNever]
    public FailureFilter Filter => new(
        State == FailureFilter.Retrying ? FailureFilter.Retrying : FailureFilter.Dead,
        string.IsNullOrWhiteSpace(Effect) ? null : Effect,
        string.IsNullOrWhiteSpace(Partner) ? null : Partner,
        string.IsNullOrWhiteSpace(Error) ? null : Error,
        Chosen ? [.. Only.Where(one => Key().IsMatch(one)).Take(PageSize)] : null);

    /// <summary>Name and value of each part that was given, for a link or for hidden fields.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Parts()
    {
        var filter = Filter;
        yield return new("state", filter.State);
        if (filter.Partner is not null) yield return new("partner", filter.Partner);
        if (filter.Effect is not null) yield return new("effect", filter.Effect);
        if (filter.Error is not null) yield return new("error", filter.Error);
        if (Chosen) yield return new("chosen", "true");
        foreach (var one in filter.Only ?? []) yield return new("only", one);
    }

    public string Address(string path, params IEnumerable<KeyValuePair<string, string?>> more) =>
        QueryHelpers.AddQueryString(path, Parts().Concat(more));

    [GeneratedRegex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[a-z-]{1,50}$")]
    private static partial Regex Key();
}
