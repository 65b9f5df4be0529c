using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;

namespace Storefront.Web.Pages.Admin.Failures;

/// <summary>How far something that is done to many has come.</summary>
public sealed class WorkModel(BulkWork bulks) : PageModel
{
    public BulkWork.Progress Work { get; private set; } = null!;
    public int Seen => Work.Done + Work.Skipped;

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancel)
    {
        if (await bulks.FindAsync(id, cancel) is not { } work) return NotFound();
        Work = work;
        return Page();
    }
}
