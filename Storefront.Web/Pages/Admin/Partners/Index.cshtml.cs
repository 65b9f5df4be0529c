using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue.Gates;
using Storefront.Web.Identity;

namespace Storefront.Web.Pages.Admin.Partners;

/// <summary>The partners' health, and the switches that keep work away from them.</summary>
public sealed class IndexModel(
    Traffic traffic, Backlog backlog, Circuits circuits, Switches switches, EffectCatalogue effects, Incidents incidents,
    PartnerGates gates, AuditTrail audit) : PageModel
{
    public IReadOnlyList<Traffic.Health> Health { get; private set; } = [];
    public IReadOnlyList<SwitchRow> SwitchRows { get; private set; } = [];
    public IReadOnlyList<Incidents.Current> Down { get; private set; } = [];
    public IReadOnlyList<Incidents.Past> History { get; private set; } = [];
    public IEnumerable<string> Partners => effects.Present.Select(partner => partner.Name);

    /// <summary>Optional partners that this shop does without: nobody has given their address.</summary>
    public IEnumerable<string> Missing => effects.Partners.Except(effects.Present).Select(partner => partner.Name);

    public async Task OnGetAsync(CancellationToken cancel)
    {
        (Down, History) = (await incidents.OpenAsync(cancel), await incidents.LatestAsync(20, within: null, cancel));
        Health = await traffic.HealthAsync(cancel);
        var held = (await switches.AllAsync(cancel)).Where(one => one.Holds).ToDictionary(one => one.Target);
        SwitchRows =
        [
            .. Partners.SelectMany(partner => new[]
            {
                new SwitchRow(Switches.Partner(partner), SwitchText.Name(Switches.Partner(partner)),
                    "While paused, its deliveries wait and use up no attempt. Checkout is not affected.",
                    Switches.Paused, Switches.Running, held.GetValueOrDefault(Switches.Partner(partner))),
                new SwitchRow(Switches.Circuit(partner), SwitchText.Name(Switches.Circuit(partner)),
                    "Stop: no calls to this partner, checkout included. Allow: calls start again, and earlier failures are forgotten.",
                    Switches.Open, Switches.Closed, held.GetValueOrDefault(Switches.Circuit(partner))),
            }),
            .. backlog.QueueNames.Select(
                queue => new SwitchRow(Switches.Queue(queue), SwitchText.Name(Switches.Queue(queue)),
                    "While paused, no job of this queue starts. Running jobs continue.",
                Switches.Paused, Switches.Running, held.GetValueOrDefault(Switches.Queue(queue)))),
        ];
    }

    public IEnumerable<Circuits.Standing> CircuitsOf(string partner) => circuits.All.Where(one => one.Partner == partner);

    /// <summary>As the fleet sees it; null: it is open and was never closed.</summary>
    public GateRow? GateOf(string partner) => gates.RowOf(partner)?.Gate;

    /// <summary>Who has paused this partner's deliveries or stopped its calls; null: nobody.</summary>
    public Switches.Switch? HoldOf(string partner) =>
        SwitchRows.FirstOrDefault(row => row.Held is not null
            && (row.Target == Switches.Partner(partner) || row.Target == Switches.Circuit(partner)))?.Held;

    /// <summary>Somebody knows that a partner is back, and does not want to wait for the end of the break.</summary>
    [Needs(Policies.Operate)]
    public Task<IActionResult> OnPostProbeAsync(string partner, CancellationToken cancel) =>
        MoveAsync(partner, "try now", gates.ProbeNowAsync, "One job is being tried. If it succeeds, the rest follow.", cancel);

    /// <summary>Somebody knows that the partner works and the gate is wrong.</summary>
    [Needs(Policies.Administer)]
    public Task<IActionResult> OnPostOpenAsync(string partner, CancellationToken cancel) =>
        MoveAsync(partner, "open", gates.OpenAsync, "The gate is open. Every node knows within a second.", cancel);

    /// <summary>The partner has asked for less, or can take more again.</summary>
    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostLimitAsync(string partner, string? perSecond, string? reason, CancellationToken cancel)
    {
        double? limit = null;
        if (!string.IsNullOrWhiteSpace(perSecond))
        {
            if (!double.TryParse(perSecond, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || number is < PartnerOptions.LeastPerSecond or > PartnerOptions.MostPerSecond)
                return this.Back("Enter a number from 0.01 to 10000, or nothing.", "", "/admin/partners");
            limit = number;
        }

        if (string.IsNullOrWhiteSpace(reason)) return this.Back("Enter a reason. Your colleagues will see it.", "", "/admin/partners");
        return await MoveAsync(
            partner, limit is null ? "limit removed" : $"limit {limit.Value.ToString(CultureInfo.InvariantCulture)}/s",
            (name, token) => gates.LimitAsync(name, limit, token), "Every node applies the limit within a second.", cancel, reason);
    }

    /// <summary>The rate that the fleet keeps to now, and who says so.</summary>
    public string LimitOf(string partner) => gates.LimitOf(partner) is not { } limit ? "none"
        : $"{limit.ToString("0.##", CultureInfo.InvariantCulture)} requests/s, {Source(partner, limit)}";

    public string? LimitByHand(string partner) => gates.RowOf(partner)?.ByHand?.ToString(CultureInfo.InvariantCulture);

    private string Source(string partner, double limit) =>
        gates.RowOf(partner) is { } row && row.ByHand == limit ? "set by staff"
        : gates.RowOf(partner)?.Learned == limit ? $"as {partner} says" : "from the settings";

    private async Task<IActionResult> MoveAsync(
        string partner, string what, Func<string, CancellationToken, Task> move, string done, CancellationToken cancel,
        string? note = null)
    {
        if (!Partners.Contains(partner)) return this.Back("There is no such partner.", "", "/admin/partners");
        await audit.NoteAsync(new AuditEntry(User.Who(), AuditAction.Switch, $"gate/{partner} {what}", Note: note), cancel);
        await move(partner, cancel);
        return this.Back(null, done, "/admin/partners");
    }

    [Needs(Policies.Administer)]
    public async Task<IActionResult> OnPostAsync(string target, string position, string? reason, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        var refusal = await SwitchRow.SetAsync(SwitchRows, switches, target, position, User.Who(), reason, cancel);
        // Whoever lets calls start again has the earlier failures forgotten.
        if (refusal is null && position == Switches.Closed
            && Partners.FirstOrDefault(name => Switches.Circuit(name) == target) is { } partner)
            await gates.OpenAsync(partner, cancel);
        var done = refusal is null ? $"{SwitchText.Done(target, position)} Every node applies this within two seconds." : "";
        return this.Back(refusal, done, "/admin/partners");
    }
}
