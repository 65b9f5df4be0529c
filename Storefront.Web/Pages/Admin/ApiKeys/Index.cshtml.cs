using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin.ApiKeys;

/// <summary>The programs that call the API with keys of their own.</summary>
[Authorize(Policies.Administer)]
public sealed class IndexModel(ApiClients clients) : PageModel
{
    private const string Address = "/admin/api-keys";

    public IReadOnlyList<ApiClients.Client> Clients { get; private set; } = [];

    /// <summary>Shown once, in the answer to the form that made it.</summary>
    public string? NewKey { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel) => Clients = await clients.ListAsync(cancel);

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostMakeAsync(string? name, string[]? scopes, int? ordersPerMinute, CancellationToken cancel)
    {
        var (key, refusal) = await clients.MakeAsync(name, scopes ?? [], ordersPerMinute ?? 0, User.Who(), cancel);
        if (refusal is not null) return this.Back(refusal, "", Address);
        NewKey = key;
        await OnGetAsync(cancel);
        return Page();
    }

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostRevokeAsync(Guid id, CancellationToken cancel) =>
        this.Back(await clients.RevokeAsync(id, User.Who(), cancel), "The key is revoked.", Address);
}
