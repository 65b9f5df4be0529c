using Microsoft.AspNetCore.Mvc.RazorPages;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Partners;

namespace Storefront.Web.Pages.Admin;

/// <summary>How it goes right now: whoever comes in sees in one look whether they are needed.</summary>
public sealed class IndexModel(
    Traffic traffic, Backlog backlog, Storefront.Jobs.BackOffice.Repairs repairs, Incidents incidents, Circuits circuits,
    TimeProvider clock) : PageModel
{
    private const int Minutes = 60;
    private const int MaxIncidents = 20;

    public DateTimeOffset Now { get; private set; }
    public IReadOnlyList<Incidents.Current> Down { get; private set; } = [];
    public IReadOnlyList<Traffic.Minute> LastHour { get; private set; } = [];

    /// <summary>The newest first: those of the last hour.</summary>
    public IReadOnlyList<Incidents.Past> LatestIncidents { get; private set; } = [];

    public IReadOnlyList<Traffic.Health> Partners { get; private set; } = [];
    public IReadOnlyList<Backlog.QueueDepth> Queues { get; private set; } = [];
    public Backlog.Troubled Troubled { get; private set; } = new(0, 0);
    public Storefront.Jobs.BackOffice.Repairs.Summary Repairs { get; private set; } = new(0, 0, null);

    public async Task OnGetAsync(CancellationToken cancel)
    {
        Down = await incidents.OpenAsync(cancel);
        LatestIncidents = await incidents.LatestAsync(MaxIncidents, TimeSpan.FromMinutes(Minutes), cancel);
        var (minutes, health, queues, troubled, repaired) =
            (traffic.MinutesAsync(Minutes, cancel), traffic.HealthAsync(cancel), backlog.QueuesAsync(cancel), backlog.TroubledAsync(cancel),
                repairs.SummariseAsync(cancel));
        (LastHour, Partners, Queues, Troubled, Repairs) = (await minutes, await health, await queues, await troubled, await repaired);
        Now = clock.GetUtcNow();
    }

    public IEnumerable<Circuits.Standing> CircuitsOf(string partner) => circuits.All.Where(one => one.Partner == partner);
}
