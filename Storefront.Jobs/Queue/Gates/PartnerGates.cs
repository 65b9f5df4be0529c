using System.Collections.Frozen;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Queue.Gates;

/// <param name="Most">Jobs of these queues that one process runs at once.</param>
/// <param name="Limit">Of all processes together; null: none but what the partner says.</param>
/// <param name="LongestCall">That a job makes; zero: not known.</param>
public sealed record QueueGroup(
    string Name, IReadOnlyList<string> Queues, int Most, RateLimit? Limit = null, TimeSpan LongestCall = default)
{
    /// <summary>
    /// A job that is tried may wait for its turn as long as for the answer. It has ended before another process tries one.
    /// </summary>
    internal TimeSpan ProbeLease => LongestCall * 2 + TimeSpan.FromSeconds(5);
}

/// <summary>
/// The gates of this process. What it learns is written to the fleet's rows at once; what others learn is read once a second. While
/// Postgres is away, it goes on with what it knows.
/// </summary>
public sealed class PartnerGates : BackgroundService, IAdmission
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly FrozenDictionary<string, Gate> gates;
    private readonly FrozenDictionary<string, Gate> byQueue;
    private readonly FrozenDictionary<string, Pace> paces;
    private readonly GateTable table;
    private readonly PaceTable paceTable;
    private readonly TimeProvider clock;
    private readonly ILogger<PartnerGates> log;
    private readonly Func<string, string, bool> isHeld;
    private readonly bool takesJobs;
    private readonly GateNews news;
    private readonly SemaphoreSlim looking = new(1);
    private long looks;
    private FrozenDictionary<string, FleetRow> rows = FrozenDictionary<string, FleetRow>.Empty;

    /// <param name="isHeld">Whether a person holds this queue, of this group, still.</param>
    /// <param name="takesJobs">False: this process has no workers.</param>
    internal PartnerGates(
        IEnumerable<QueueGroup> groups, Func<string, string, bool> isHeld, NpgsqlDataSource database, TimeProvider clock,
        ILogger<PartnerGates> log, bool takesJobs = true)
    {
        this.takesJobs = takesJobs;
        (this.isHeld, table, paceTable, this.clock, this.log) = (isHeld, new(database), new(database), clock, log);
        news = new(table, log);
        paces = groups.ToFrozenDictionary(group => group.Name, group => new Pace(group.Name, group.Limit, paceTable, clock));
        gates = groups.ToFrozenDictionary(
            group => group.Name, group => new Gate(group.Name, group.Queues, group.Most, clock, paces[group.Name], group.ProbeLease));
        byQueue = gates.Values.SelectMany(gate => gate.Queues.Select(queue => (queue, gate))).ToFrozenDictionary(x => x.queue, x => x.gate);
    }

    public event Action? Freed;

    /// <summary>As the fleet sees it; at most a second or so old. A partner without a row has an open gate and no limit.</summary>
    public FleetRow? RowOf(string partner) => rows.GetValueOrDefault(partner);

    /// <summary>Requests a second that the fleet may send to the partner now; null: no limit.</summary>
    public double? LimitOf(string partner) => paces.GetValueOrDefault(partner)?.PerSecond;

    /// <summary>How often this process has looked at the fleet's rows.</summary>
    internal long Looks => Interlocked.Read(ref looks);

    /// <summary>What a call of this process says about the partner.</summary>
    internal void Record(string partner, CallOutcome? outcome)
    {
        if (outcome is null || gates.GetValueOrDefault(partner) is not { } gate) return;
        if (gate.Record(outcome) is { } change) Tell(gate, change);
        else if (outcome is CallOutcome.Answered { IsUngated: true } && IsBreakOver(gate))
            news.Tell(gate, new GateChange.Opened(), OpenedBy.Answer);
    }

    /// <summary>What an answer of the partner says about its limit: it sets the pace, or closes the gate where nothing is left.</summary>
    internal void Record(string partner, Quota quota)
    {
        if (!paces.TryGetValue(partner, out var pace)) return;
        quota = pace.InItsWindow(quota);
        var hadPace = pace.PerSecond is not null;
        if (pace.Learn(quota) is { } perSecond)
            _ = news.TryAsync(() => paceTable.LearnAsync(partner, perSecond, Pace.Memory, CancellationToken.None));
        if (quota.Remaining == 0 && !(hadPace && quota.IsOfOneSecond))
            Record(partner, new CallOutcome.AskedToWait(quota.Reset, $"{partner} says that its limit is used up."));
    }

    /// <summary>Waits for the turn of one call to the partner. Returns at once where there is no limit.</summary>
    /// <returns>Null: it is its turn. Otherwise it was not within the time, and this is how long to wait before asking again.</returns>
    internal Task<TimeSpan?> WaitForTurnAsync(string partner, TimeSpan most, CancellationToken cancel) =>
        paces.TryGetValue(partner, out var pace) ? pace.WaitAsync(most, cancel) : Task.FromResult<TimeSpan?>(null);

    /// <summary>Limits the requests of the fleet by hand; null: takes that limit back.</summary>
    public async Task LimitAsync(string partner, double? perSecond, CancellationToken cancel)
    {
        await paceTable.LimitAsync(partner, perSecond, cancel);
        await LookAsync(cancel);
    }

    /// <summary>Whether this process takes jobs of the partner in the usual way; false: what is under way now is a try.</summary>
    public bool IsOpen(string partner) => gates.GetValueOrDefault(partner) is not { Position: not GateState.Open };

    /// <summary>Whether a person holds all work for the partner.</summary>
    public bool IsHeld(string partner) =>
        gates.TryGetValue(partner, out var gate) && gate.Queues.All(queue => isHeld(queue, partner));

    public async Task OpenAsync(string partner, CancellationToken cancel)
    {
        if (!gates.TryGetValue(partner, out var gate)) return;
        // Otherwise a closing that is being written would come after it, and undo it.
        await news.ArrivedAsync(partner, cancel);
        await table.OpenAsync(partner, gate.Queues, OpenedBy.Person, cancel);
        await LookAsync(cancel);
    }

    public async Task ProbeNowAsync(string partner, CancellationToken cancel)
    {
        await table.ProbeNowAsync(partner, cancel);
        await LookAsync(cancel);
    }

    string IAdmission.GroupOf(string queue) => byQueue.TryGetValue(queue, out var gate) ? gate.Name : queue;

    int IAdmission.Permits(string queue) =>
        !byQueue.TryGetValue(queue, out var gate) ? int.MaxValue : isHeld(queue, gate.Name) ? 0 : gate.Permits;

    bool IAdmission.WaitForPermits(IReadOnlyCollection<string> queues)
    {
        // First, or one that is freed in between would be missed.
        foreach (var queue in queues) byQueue.GetValueOrDefault(queue)?.WaitForPermit();
        return queues.Any(queue => byQueue.ContainsKey(queue) && ((IAdmission)this).Permits(queue) > 0);
    }

    bool IAdmission.MayRescue(string queue) =>
        !byQueue.TryGetValue(queue, out var gate) || gate.Position != GateState.Closed && !isHeld(queue, gate.Name);

    void IAdmission.Taken(string queue) => byQueue.GetValueOrDefault(queue)?.Taken();

    void IAdmission.Ended(string queue)
    {
        if (byQueue.GetValueOrDefault(queue)?.Ended() == true) Freed?.Invoke();
    }

    /// <summary>Looks before anything else starts: a new process knows which gates are closed before it takes its first job.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryLookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        foreach (var pace in paces.Values) pace.Dispose();
        looking.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryLookAsync(stoppingToken);
    }

    private async Task TryLookAsync(CancellationToken cancel)
    {
        try
        {
            await LookAsync(cancel);
        }
        catch (Exception outage) when (outage is NpgsqlException or TimeoutException && !cancel.IsCancellationRequested)
        {
            log.GatesNotSeen(outage);
        }
    }

    // One look at a time: one that began earlier must not take back what a later one has seen.
    private async Task LookAsync(CancellationToken cancel)
    {
        await looking.WaitAsync(cancel);
        try
        {
            await FollowAsync(cancel);
        }
        finally
        {
            looking.Release();
        }
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        var seen = (await table.ReadAsync(cancel)).ToFrozenDictionary(row => row.Name);
        rows = seen;
        foreach (var gate in gates.Values)
        {
            var known = seen.GetValueOrDefault(gate.Name);
            paces[gate.Name].Follow(known?.Learned, known?.ByHand);
            if (news.IsUnderWay(gate.Name)) continue;
            if (known?.Gate is not { } row)
            {
                // Nobody has closed it, or its row was lost.
                if (gate.Position != GateState.Open) Tell(gate, new GateChange.Closed("The gate's row was lost.", null));
                continue;
            }

            if (gate.Follow(row.Position)) Freed?.Invoke();
            // A process that runs no jobs would hold the lease and try nothing.
            if (takesJobs && row.Position != GateState.Open && row.ProbeIn <= TimeSpan.Zero && !row.IsProbed
                && await table.TryProbeAsync(gate.Name, gate.Queues, gate.ProbeLease, cancel))
            {
                gate.Probe();
                Freed?.Invoke();
            }
        }

        Interlocked.Increment(ref looks);
    }

    private void Tell(Gate gate, GateChange change)
    {
        log.GateMoved(gate.Name, change is GateChange.Closed(var reason, _) ? $"closed: {reason}" : "open");
        Freed?.Invoke();
        news.Tell(gate, change, OpenedBy.Probe);
    }

    private bool IsBreakOver(Gate gate) =>
        gate.Position != GateState.Open && !news.IsUnderWay(gate.Name)
        && RowOf(gate.Name)?.Gate is { Position: not GateState.Open } row && row.ProbeIn <= TimeSpan.Zero;
}
