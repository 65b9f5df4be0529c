using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin.Partners;

/// <summary>How the partners do, and the switches that keep work away from them.</summary>
[ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
public sealed class IndexModel(Traffic traffic, Backlog backlog, Circuits circuits, Switches switches, EffectCatalogue effects) : PageModel
{
    /// <param name="Held">What it is put to by hand; null: left to itself.</param>
    public sealed record Lever(string Target, string Name, string Does, string Hold, string Free, Switches.Switch? Held);

    public IReadOnlyList<Traffic.Health> Health { get; private set; } = [];
    public IReadOnlyList<Backlog.QueueDepth> Queues { get; private set; } = [];
    public IReadOnlyList<Lever> Levers { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        (Health, Queues) = (await traffic.HealthAsync(cancel), await backlog.QueuesAsync(cancel));
        var held = (await switches.AllAsync(cancel)).Where(one => one.Holds).ToDictionary(one => one.Target);
        Levers =
        [
            .. effects.Partners.Select(partner => partner.Name).SelectMany(partner => new[]
            {
                new Lever(Switches.Partner(partner), $"Deliveries to {partner}",
                    "Paused: its mails, events or releases wait, without using up an attempt. Shoppers still reach it.",
                    Switches.Paused, Switches.Running, held.GetValueOrDefault(Switches.Partner(partner))),
                new Lever(Switches.Circuit(partner), $"Circuit to {partner}",
                    "Held open: no call leaves for it at all, of shoppers neither. Closed: forgets that it failed.",
                    Switches.Open, Switches.Closed, held.GetValueOrDefault(Switches.Circuit(partner))),
            }),
            .. Backlog.QueueNames.Select(
                queue => new Lever(Switches.Queue(queue), $"Queue {queue}",
                    "Paused: no job of it is started; what is at work comes to its end.",
                Switches.Paused, Switches.Running, held.GetValueOrDefault(Switches.Queue(queue)))),
        ];
    }

    public IEnumerable<Circuits.Standing> CircuitsOf(string partner) => circuits.All.Where(one => one.Partner == partner);

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostAsync(string target, string position, string? reason, CancellationToken cancel) =>
        this.Back(await SetAsync(target, position, reason, cancel), $"{target} is {position}. Every node knows within a second or two.",
            "/admin/partners");

    private async Task<string?> SetAsync(string target, string position, string? reason, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        if (Levers.FirstOrDefault(lever => lever.Target == target) is not { } known || (position != known.Hold && position != known.Free))
            return "There is no such switch.";
        if (string.IsNullOrWhiteSpace(reason)) return "Say in a sentence why: a colleague will wonder.";
        await switches.SetAsync(target, position, User.Who(), reason, cancel);
        return null;
    }
}
