using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Pages.Admin.Failures;

/// <summary>What did not arrive: how much of each kind, and each by itself.</summary>
public sealed class IndexModel(
    Storefront.Jobs.BackOffice.Failures failures, Incidents incidents, BulkWork bulks, EffectCatalogue effects) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "")]
    public FailuresQuery Asked { get; set; } = new();

    /// <summary>The last one of the page before: when it was due and its key.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>What can be chosen from.</summary>
    public EffectCatalogue Effects => effects;

    public FailureFilter Filter => Asked.Filter;
    public IReadOnlyList<Storefront.Jobs.BackOffice.Failures.Group> Groups { get; private set; } = [];
    public IReadOnlyList<Storefront.Jobs.BackOffice.Failures.One> Found { get; private set; } = [];
    public IReadOnlyList<BulkWork.Progress> Works { get; private set; } = [];

    /// <summary>Where there is nothing to show: the partners whose deliveries have not failed, but wait.</summary>
    public IReadOnlyList<Incidents.Current> Down { get; private set; } = [];

    public long All => Groups.Sum(group => group.Count);
    public string? Older { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        Groups = await failures.GroupsAsync(Filter, cancel);
        var found = await failures.PageAsync(Filter, Read(After), FailuresQuery.PageSize + 1, cancel);
        Found = [.. found.Take(FailuresQuery.PageSize)];
        if (found.Count > FailuresQuery.PageSize)
            Older = Asked.Address("/admin/failures", KeyValuePair.Create<string, string?>("after", Write(Found[^1])));
        if (Groups.Count == 0)
            Down = [.. (await incidents.OpenAsync(cancel)).Where(incident => incident.Partner == (Filter.Partner ?? incident.Partner))];
        Works = await bulks.LatestAsync(5, cancel);
    }

    private static string Write(Storefront.Jobs.BackOffice.Failures.One last) =>
        string.Create(CultureInfo.InvariantCulture, $"{last.DueAt.UtcTicks}/{last.Key}");

    private static (DateTimeOffset, Guid, string)? Read(string? after) =>
        after?.Split('/') is [var ticks, var order, var effect] && long.TryParse(ticks, CultureInfo.InvariantCulture, out var due)
            && due is > 0 and < 3155378975999999999 && Guid.TryParse(order, out var id)
            ? (new DateTimeOffset(due, TimeSpan.Zero), id, effect) : null;
}
