using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin.Failures;

/// <summary>Says how many are meant before anything happens to them.</summary>
[Authorize(Policies.Operate)]
public sealed class ConfirmModel(Storefront.Jobs.BackOffice.Failures failures, BulkWork bulks) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "")]
    public FailuresQuery Asked { get; set; } = new();

    /// <summary>Not <c>Action</c>, which routing keeps for itself.</summary>
    [BindProperty(SupportsGet = true, Name = "action")]
    public string? Wanted { get; set; }

    public bool Discards => Wanted == BulkWork.Discard;
    public FailureFilter Filter => Asked.Filter;
    public int Count { get; private set; }
    public int Doubtful { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel) => (Count, Doubtful) = await failures.CountAsync(Filter, cancel);

    public async Task<IActionResult> OnPostAsync(bool maybeTwice, string? note, CancellationToken cancel)
    {
        if (Wanted is not (BulkWork.Retry or BulkWork.Discard)) return BadRequest();
        if (Discards && string.IsNullOrWhiteSpace(note))
            return this.Back("Enter a note that says why they are discarded.", "",
                Asked.Address("/admin/failures/confirm", KeyValuePair.Create<string, string?>("action", Wanted)));

        var id = await bulks.BeginAsync(Wanted, Filter, maybeTwice, User.Who(), note ?? "", cancel);
        return new SeeOther($"~/admin/failures/work/{id}");
    }
}
