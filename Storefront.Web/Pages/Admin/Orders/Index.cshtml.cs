using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.WebUtilities;
using Storefront.Jobs.BackOffice;

namespace Storefront.Web.Pages.Admin.Orders;

/// <summary>Finds orders. Everything that was asked for is in the address, so that it can be sent to a colleague.</summary>
public sealed class IndexModel(OrderSearch search) : PageModel
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Status { get; set; }

    /// <summary>A day, UTC.</summary>
    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    /// <summary>A day, UTC, itself included.</summary>
    [BindProperty(SupportsGet = true)]
    public DateOnly? Until { get; set; }

    [BindProperty(SupportsGet = true)]
    public long? Before { get; set; }

    public IReadOnlyList<OrderSearch.Found> Found { get; private set; } = [];
    public bool IsFiltered => Query() != new OrderSearch.Query();
    public string? Older { get; private set; }
    public string Csv => QueryHelpers.AddQueryString("/admin/orders.csv", Asked());
    public string Newest => QueryHelpers.AddQueryString("/admin/orders", Asked());

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        var found = await search.PageAsync(Query(), Before, PageSize + 1, cancel);
        Found = [.. found.Take(PageSize)];
        if (found.Count > PageSize)
            Older = QueryHelpers.AddQueryString(Newest, "before", Found[^1].Number.ToString(CultureInfo.InvariantCulture));
        return Page();
    }

    private OrderSearch.Query Query() => OrdersQuery.Read(Q, Status, From, Until);

    private Dictionary<string, string?> Asked() => new Dictionary<string, string?>
    {
        ["q"] = Q, ["status"] = Status, ["from"] = From?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["until"] = Until?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    }.Where(one => !string.IsNullOrWhiteSpace(one.Value)).ToDictionary();
}
