using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin.Reconciliation;

/// <summary>What was found out of step and mended, and what is left to people.</summary>
public sealed class IndexModel(Storefront.Jobs.BackOffice.Repairs repairs, Recurring recurring, OperatorActions actions) : PageModel
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true)]
    public bool Open { get; set; }

    [BindProperty(SupportsGet = true)]
    public long? Before { get; set; }

    public IReadOnlyList<Storefront.Jobs.BackOffice.Repairs.Line> Found { get; private set; } = [];
    public IReadOnlyList<Recurring.Entry> Runs { get; private set; } = [];
    public bool HasOlder { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var found = await repairs.PageAsync(Open, Before, PageSize + 1, cancel);
        (Found, HasOlder) = ([.. found.Take(PageSize)], found.Count > PageSize);
        Runs = [.. recurring.All().Where(job => job.Id is "reconcile-orders" or "compare-recent-orders" or "compare-inventory")];
    }

    public async Task<IActionResult> OnPostRunAsync(string id, CancellationToken cancel) =>
        this.Back(await recurring.RunNowAsync(id, User.Who(), cancel), $"{id} was started.", "/admin/reconciliation");

    public async Task<IActionResult> OnPostHandleAsync(long repair, string? note, CancellationToken cancel) =>
        this.Back(
            string.IsNullOrWhiteSpace(note)
                ? "Enter a note that says what was done." : await actions.HandleRepairAsync(repair, User.Who(), note, cancel),
            "The finding is marked as resolved.", "/admin/reconciliation?open=true");
}
