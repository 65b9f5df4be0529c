using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin.Staff;

/// <summary>Who works in the back office.</summary>
[Authorize(Policies.Administer)]
public sealed class IndexModel(StaffAccounts staff) : PageModel
{
    private const string Address = "/admin/staff";

    public IReadOnlyList<StaffAccounts.Member> Members { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel) => Members = await staff.ListAsync(cancel);

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostInviteAsync(string? email, string? role, CancellationToken cancel)
    {
        var (link, refusal) = await staff.InviteAsync(email, role, User.Who(), cancel);
        if (link is not null) await staff.SendAsync(email!.Trim(), link, cancel);
        return this.Back(refusal, $"{email} is invited as {role}. An email with a link to choose a password is on its way.", Address);
    }

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostLinkAsync(string id, CancellationToken cancel) =>
        this.Back(await staff.SendLinkAsync(id, User.Who(), cancel), "An email with a new link is on its way.", Address);

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostRoleAsync(string id, string? role, CancellationToken cancel) =>
        this.Back(
            await staff.SetRoleAsync(id, string.IsNullOrEmpty(role) ? null : role, User.Who(), cancel), "The role is changed.", Address);

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostResetAsync(string id, CancellationToken cancel) =>
        this.Back(await staff.ResetSecondFactorAsync(id, User.Who(), cancel), "The second factor is reset.", Address);

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostEndAsync(string id, CancellationToken cancel) =>
        this.Back(await staff.EndSessionsAsync(id, User.Who(), cancel), "The sessions have ended.", Address);
}
