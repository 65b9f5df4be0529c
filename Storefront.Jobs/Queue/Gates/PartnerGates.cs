using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Queue.Gates;

/// <param name="Most">Jobs of these queues that one process runs at once.</param>
public sealed record QueueGroup(string Name, IReadOnlyList<string> Queues, int Most);

/// <summary>
/// The gates of this process. What it learns is written to the fleet's rows at once; what others learn is read once a second. While
/// Postgres is away, it goes on with what it knows.
/// </summary>
public sealed class PartnerGates : BackgroundService, IAdmission
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly FrozenDictionary<string, Gate> gates;
    private readonly FrozenDictionary<string, Gate> byQueue;
    private readonly GateTable table;
    private readonly TimeProvider clock;
    private readonly ILogger<PartnerGates> log;
    private readonly Func<string, string, bool> isHeld;
    private readonly ConcurrentDictionary<string, bool> writing = new();
    private long looks;
    private FrozenDictionary<string, GateRow> rows = FrozenDictionary<string, GateRow>.Empty;

    /// <param name="isHeld">Whether a person holds this queue, of this group, still.</param>
    internal PartnerGates(
        IEnumerable<QueueGroup> groups, Func<string, string, bool> isHeld, NpgsqlDataSource database, TimeProvider clock,
        ILogger<PartnerGates> log)
    {
        (this.isHeld, table, this.clock, this.log) = (isHeld, new GateTable(database), clock, log);
        gates = groups.ToFrozenDictionary(group => group.Name, group => new Gate(group.Name, group.Queues, group.Most, clock));
        byQueue = gates.Values.SelectMany(gate => gate.Queues.Select(queue => (queue, gate))).ToFrozenDictionary(x => x.queue, x => x.gate);
    }

    public event Action? Freed;

    /// <summary>As the fleet sees them; at most a second or so old. A partner without a row has an open gate.</summary>
    public IReadOnlyDictionary<string, GateRow> Rows => rows;

    /// <summary>How often this process has looked at the fleet's rows.</summary>
    internal long Looks => Interlocked.Read(ref looks);

    /// <summary>What a call of this process says about the partner.</summary>
    internal void Record(string partner, CallOutcome? outcome)
    {
        if (outcome is not null && gates.GetValueOrDefault(partner) is { } gate && gate.Record(outcome) is { } change) Tell(gate, change);
    }

    /// <summary>Whether this process takes jobs of the partner in the usual way; false: what is under way now is a try.</summary>
    public bool IsOpen(string partner) => gates.GetValueOrDefault(partner) is not { Position: not GatePosition.Open };

    public async Task OpenAsync(string partner, CancellationToken cancel)
    {
        if (!gates.TryGetValue(partner, out var gate)) return;
        await table.OpenAsync(partner, gate.Queues, byHand: true, cancel);
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

    bool IAdmission.MayRescue(string queue) =>
        !byQueue.TryGetValue(queue, out var gate) || gate.Position != GatePosition.Closed && !isHeld(queue, gate.Name);

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

    private async Task LookAsync(CancellationToken cancel)
    {
        var seen = (await table.ReadAsync(cancel)).ToFrozenDictionary(row => row.Name);
        rows = seen;
        foreach (var gate in gates.Values)
        {
            if (writing.ContainsKey(gate.Name)) continue; // what this process has learned is newer
            if (!seen.TryGetValue(gate.Name, out var row))
            {
                // Nobody has closed it, or its row was lost.
                if (gate.Position != GatePosition.Open) Tell(gate, new GateChange.Closed("The gate's row was lost.", null));
                continue;
            }

            if (gate.Follow(row.Position)) Freed?.Invoke();
            if (row.Position != GatePosition.Open && row.ProbeIn <= TimeSpan.Zero && !row.IsProbed
                && await table.TryProbeAsync(gate.Name, gate.Queues, cancel))
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
        writing[gate.Name] = true;
        _ = TellAsync(gate, change);
    }

    private async Task TellAsync(Gate gate, GateChange change)
    {
        try
        {
            if (change is GateChange.Closed(var reason, var wait)) await table.CloseAsync(gate.Name, reason, wait, CancellationToken.None);
            else await table.OpenAsync(gate.Name, gate.Queues, byHand: false, CancellationToken.None);
        }
        catch (Exception outage) when (outage is NpgsqlException or TimeoutException)
        {
            log.GatesNotSeen(outage); // the next failure, or the next try, says it again
        }
        finally
        {
            writing.TryRemove(gate.Name, out _);
        }
    }
}
