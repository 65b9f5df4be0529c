using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin.Schedule;

/// <summary>What runs by the clock.</summary>
public sealed class IndexModel(Recurring recurring, Switches switches) : PageModel
{
    public IReadOnlyList<(Recurring.Entry Job, SwitchRow Switch)> Jobs { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var held = (await switches.AllAsync(cancel)).Where(one => one.Holds).ToDictionary(one => one.Target);
        Jobs = [.. recurring.All().Select(job => (job, new SwitchRow(
            Switches.Job(job.Id), job.Id, "While paused, scheduled and manual runs are skipped. A run in progress continues.",
            Switches.Paused, Switches.Running, held.GetValueOrDefault(Switches.Job(job.Id)))))];
    }

    public async Task<IActionResult> OnPostRunAsync(string id, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        var refusal = Jobs.Any(one => one.Job.Id == id && one.Switch.Held is not null)
            ? $"{id} is paused. Resume it first." : await recurring.RunNowAsync(id, User.Who(), cancel);
        return this.Back(refusal, $"{id} was started.", "/admin/schedule");
    }

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostAsync(string target, string position, string? reason, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        var rows = Jobs.Select(one => one.Switch);
        var refusal = await SwitchRow.SetAsync(rows, switches, target, position, User.Who(), reason, cancel);
        return this.Back(refusal, refusal is null ? SwitchText.Done(target, position) : "", "/admin/schedule");
    }
}
