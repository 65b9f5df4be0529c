using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>
/// Every scenario there is. Ten of them are tests as well; the others take longer than a person wants to wait. Not here:
/// clocks that differ between machines (F24: every time that decides something is the database's), and F29 for hours instead of minutes.
/// </summary>
internal static class Catalogue
{
    public static readonly IReadOnlyList<Scenario> All =
    [
        new("F1", "nothing happens at all", Crashes.NothingAsync),
        new("F2", "a process is killed at each named line", run => Crashes.AtPointsAsync(run, Crashes.Points)),
        new("F3", "processes are killed at random", run => Crashes.AtRandomAsync(run, kills: 2)),
        new("F3r", "a process is killed while it repairs", Crashes.WhileRepairingAsync),
        new("F4", "new versions are deployed under load", run => Crowds.DeployAsync(run, rounds: 2)),
        new("F4n", "three nodes behind nginx are replaced, killed and paused under load",
            Crowds.RollingRestartAsync, new Layout(Nodes: 3, Balanced: true)),
        new("F5", "a new version comes in while a job ignores the request to end", Crowds.DeployOverDeafJobAsync),
        new("F6", "a process stands still for longer than its leases", Crowds.LongPauseAsync),
        new("F7", "Inventory takes stock and its answers get lost", Broken.Partner("inventory", new { dropAfterAccept = 0.5 })),
        new("F7b", "Inventory takes stock, its answers get lost and nobody asks again", Broken.NobodyAsksAgainAsync),
        new("F8", "Inventory lets nothing through", Broken.PartnerWire("inventory", Wire.Blackhole)),
        new("F9", "Inventory's answers break off half-way", Broken.PartnerWire("inventory", Wire.CutAnswer, share: 0.5)),
        new("F10", "Inventory fails every second call, slowly",
            Broken.Partner("inventory", new { status = 500, rate = 0.5, latencyMs = 300 })),
        new("F10b", "Email takes its time", Broken.EmailIsSlowAsync),
        new("F11", "Inventory asks to wait for an hour",
            Broken.Partner("inventory", new { status = 429, retryAfterSeconds = 3600, rate = 0.5 })),
        new("F12", "Email asks to wait", Broken.EmailAsksToWaitAsync),
        new("F13", "Email is down", Broken.PartnerWire("email", Wire.Reset)),
        new("F14", "Email accepts and its answers get lost", Broken.Partner("email", new { dropAfterAccept = 0.3 })),
        new("F14b", "Analytics accepts and its answers get lost", Broken.Partner("analytics", new { dropAfterAccept = 0.3 })),
        new("F15", "Postgres is stopped without a checkpoint", run => Broken.PostgresRestartsAsync(run, times: 5)),
        new("F15b", "Postgres is stopped the moment somebody heard yes", run => Broken.PostgresRestartsAfterEachYesAsync(run, times: 10)),
        new("F16", "Postgres stalls", Broken.PostgresStallsAsync),
        new("F17", "Postgres ends every session again and again", Broken.SessionsEndAsync),
        new("F18", "commits go unanswered", Broken.CommitsGoUnansweredAsync),
        new("F19", "the primary is killed and its synchronous standby promoted", Broken.FailOverAsync, new Layout(Standby: true)),
        new("F20", "Postgres refuses to write", Broken.PostgresRefusesToWriteAsync),
        new("F21", "the same order is sent ten times at once", Crowds.SameKeyAtOnceAsync),
        new("F22", "a key is used again for another order", Crowds.SameKeyOtherOrderAsync),
        new("F23", "jobs vanish, and reconciliation is asked for from all sides", Crowds.JobsVanishAsync),
        new("F25", "a job kills every process that runs it", Crashes.PoisonAsync),
        new("F26", "two versions work side by side", TwoVersions.PlayAsync),
        new("F27", "operators requeue what succeeded and delete what waits", Crowds.DashboardAsync),
        new("F28", "many want the last units", Crowds.LastUnitsAsync),
        new("F29", "anything happens, in any order", run => Broken.AnythingAsync(run, faults: 25)),
        new("F30", "two processes work on one order and hear different answers", TwoAtOneOrder.PlayAsync),
        new("F31", "a process dies with Inventory's yes, and Inventory is away when the shopper asks again", YesThenNobody.PlayAsync),
        new("F32", "Inventory answers with a web page instead of holding stock", Broken.Partner("inventory", Broken.WebPage)),
        new("F32b", "Email answers with a web page instead of sending", Broken.Partner("email", Broken.WebPage)),
        new("F32c", "Analytics answers with a web page instead of counting", Broken.Partner("analytics", Broken.WebPage)),
        new("F33", "Email fails in words that have to be cut", Broken.WordsAreCutAsync),
        new("F34", "Inventory has lost reservations", Broken.ReservationsVanishAsync),
        new("F35", "Email is down for a while, and processes are killed meanwhile", Outages.EmailFailsAsync),
        new("F35b", "Email gives no answer, and the process that tries it is killed", Outages.EmailHangsAsync),
        new("F35c", "Email refuses connections, and processes are killed meanwhile", Outages.EmailIsRefusedAsync),
        new("F35d", "Email asks to wait, with and without a time, and processes are killed meanwhile", Outages.EmailAsksToWaitAsync),
        new("F36", "Email is down, and then Analytics", Outages.OneAfterTheOtherAsync),
        new("F37", "Email is up and down in turn", Outages.EmailFlapsAsync),
        new("F38", "the row of a gate is lost while Email is down", Outages.RowIsLostAsync),
        new("F39", "Email takes ten requests a second, and processes are killed meanwhile", RateLimits.KnownAsync, new Layout(Nodes: 3)),
        new("F39b", "Email takes ten requests a second and only its answers say so", RateLimits.LearnedAsync, new Layout(Nodes: 3)),
    ];

    /// <summary>Kills at length: so many at named lines, those of reconciliation among them, and so many anywhere.</summary>
    public static IReadOnlyList<Scenario> Kills(int points, int random) =>
    [
        new("points", "processes are killed at named lines, again and again", run => Crashes.AtPointsManyTimesAsync(run, points)),
        new("repair", "a process is killed while it repairs", Crashes.WhileRepairingAsync),
        new("random", "processes are killed at random, again and again", run => Crashes.AtRandomAsync(run, random)),
    ];

    public static Scenario Named(string id) => All.Single(scenario => scenario.Id == id);
}
