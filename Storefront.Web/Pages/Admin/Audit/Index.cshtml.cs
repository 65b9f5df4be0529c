using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.WebUtilities;
using Storefront.Jobs.BackOffice;

namespace Storefront.Web.Pages.Admin.Audit;

/// <summary>Who did what.</summary>
public sealed class IndexModel(AuditTrail audit) : PageModel
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true)]
    public string? Who { get; set; }

    [BindProperty(SupportsGet = true, Name = "what")]
    public string? What { get; set; }

    [BindProperty(SupportsGet = true)]
    public long? Before { get; set; }

    public IReadOnlyList<AuditTrail.Line> Found { get; private set; } = [];
    public string Newest =>
        QueryHelpers.AddQueryString("/admin/audit",
            new Dictionary<string, string?> { ["who"] = Who, ["what"] = What }.Where(one => !string.IsNullOrWhiteSpace(one.Value)));
    public string? Older { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var found = await audit.PageAsync(Asked(Who), Asked(What), Before, PageSize + 1, cancel);
        Found = [.. found.Take(PageSize)];
        if (found.Count > PageSize)
            Older = QueryHelpers.AddQueryString(Newest, "before", Found[^1].Id.ToString(CultureInfo.InvariantCulture));
    }

    private static string? Asked(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
