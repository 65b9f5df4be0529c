using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin.Schedule;

/// <summary>What runs by the clock.</summary>
[ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
public sealed class IndexModel(Recurring recurring, Switches switches) : PageModel
{
    public IReadOnlyList<(Recurring.Entry Job, Storefront.Web.Pages.Admin.Partners.IndexModel.Lever Lever)> Jobs { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var held = (await switches.AllAsync(cancel)).Where(one => one.Holds).ToDictionary(one => one.Target);
        Jobs = [.. recurring.All().Select(job => (job, new Storefront.Web.Pages.Admin.Partners.IndexModel.Lever(
            Switches.Job(job.Id), job.Id, "Paused: its runs are skipped, those started by hand too. What is at work comes to its end.",
            Switches.Paused, Switches.Running, held.GetValueOrDefault(Switches.Job(job.Id)))))];
    }

    public async Task<IActionResult> OnPostRunAsync(string id, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        var refusal = Jobs.Any(one => one.Job.Id == id && one.Lever.Held is not null)
            ? $"{id} is paused: resume it first." : await recurring.RunNowAsync(id, User.Who(), cancel);
        return this.Back(refusal, $"{id} is on its way.", "/admin/schedule");
    }

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostAsync(string target, string position, string? reason, CancellationToken cancel) =>
        this.Back(await SetAsync(target, position, reason, cancel), $"{target} is {position}.", "/admin/schedule");

    private async Task<string?> SetAsync(string target, string position, string? reason, CancellationToken cancel)
    {
        if (position is not (Switches.Paused or Switches.Running) || recurring.All().All(job => Switches.Job(job.Id) != target))
            return "There is no such switch.";
        if (string.IsNullOrWhiteSpace(reason)) return "Say in a sentence why: a colleague will wonder.";
        await switches.SetAsync(target, position, User.Who(), reason, cancel);
        return null;
    }
}
