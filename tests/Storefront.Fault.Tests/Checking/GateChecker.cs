using System.Globalization;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Checking;

/// <summary>
/// Compares what the fleet did with what a partner's gate allowed. It is a pure function, and its own tests give it broken records.
/// </summary>
internal static class GateChecker
{
    /// <summary>
    /// Each process looks at the gates once a second. What happens so soon after a gate has closed may have begun before that.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>What a probe writes about its job: it is taken, put off, and comes back to its queue.</summary>
    private const int StepsOfProbe = 3;

    /// <param name="until">The end of the record. The partner was back then, or later.</param>
    public static IReadOnlyList<string> Check(string partner, GateRecord record, DateTimeOffset until)
    {
        var leases = LeasesOf(record.Moves);
        var complaints = new List<string>();
        var shuts = ShutTimes(record.Moves, until).ToList();
        if (shuts.Count == 0) complaints.Add($"The gate of {partner} was never closed for longer than {Grace.TotalSeconds:0} s");
        foreach (var shut in shuts)
        {
            JudgeCalls(partner, shut, [.. record.Calls.Where(call => shut.Has(call.Began))], leases, complaints);
            JudgeSteps(partner, shut, record, leases, complaints);
        }

        foreach (var (lease, next) in leases.Zip(leases.Skip(1)))
            if (next.From < lease.Until)
                complaints.Add($"{lease.Node} and {next.Node} had the lease for trying {partner} at once");
        return complaints;
    }

    /// <summary>How long the gate was closed, and how often the partner was called meanwhile.</summary>
    public static string FiguresOf(GateRecord record, DateTimeOffset until)
    {
        var shuts = ShutTimes(record.Moves, until).ToList();
        return string.Create(CultureInfo.InvariantCulture,
            $"closed {shuts.Count} times, for {shuts.Sum(shut => shut.Length.TotalSeconds):N1} s in all, "
            + $"and called {record.Calls.Count(call => shuts.Exists(shut => shut.Has(call.Began)))} times meanwhile");
    }

    /// <summary>The times for which one process was allowed to try the partner, the oldest first.</summary>
    public static IReadOnlyList<ProbeLease> LeasesOf(IReadOnlyList<GateMove> moves)
    {
        var leases = new List<ProbeLease>();
        ProbeLease? held = null;
        foreach (var move in moves)
        {
            var isNew = move is { Position: GateMove.HalfOpen, ProbeUntil: not null }
                && (held?.Prober, held?.Until) != (move.Prober, move.ProbeUntil);
            // The holder gave it back, or the row was lost. A lease that is taken from its holder stays as it was given.
            if (held is not null && move.Position != GateMove.HalfOpen && move.At < held.Until) leases[^1] = held with { Until = move.At };
            if (move.Position != GateMove.HalfOpen) held = null;
            if (isNew) leases.Add(held = new(move.At, move.ProbeUntil!.Value, move.Prober, move.Node));
        }

        return leases;
    }

    /// <summary>
    /// From a while after a gate has closed until the probe begins that opens it. Later the process that probed goes on at once, before
    /// its row says so.
    /// </summary>
    private static IEnumerable<Span> ShutTimes(IReadOnlyList<GateMove> moves, DateTimeOffset until)
    {
        DateTimeOffset? since = null, probe = null;
        foreach (var move in moves.Where(move => move.At < until))
        {
            if (move.Position == GateMove.Open)
            {
                if (since is { } closed && new Span(closed + Grace, probe ?? move.At) is { IsEmpty: false } shut) yield return shut;
                (since, probe) = (null, null);
                continue;
            }

            since ??= move.At;
            if (LeasesOf([move]).Count > 0) probe = move.At;
        }

        if (since is { } still && new Span(still + Grace, until) is { IsEmpty: false } last) yield return last;
    }

    private static void JudgeCalls(
        string partner, Span shut, List<WireCall> calls, IReadOnlyList<ProbeLease> leases, List<string> complaints)
    {
        foreach (var (call, next) in calls.Zip(calls.Skip(1)))
            if (call.Ended is null || next.Began < call.Ended) complaints.Add($"{partner} was tried twice at once at {next.Began:O}");
        var alone = calls.Where(call => !leases.Any(lease => lease.Has(call.Began))).ToList();
        if (alone.Count > 0)
            complaints.Add($"{partner} was called {alone.Count} times without a lease, first at {alone[0].Began:O}");
        foreach (var lease in leases)
            if (calls.Count(call => lease.Has(call.Began)) is > 1 and var count)
                complaints.Add($"{partner} was called {count} times under one lease, which {lease.Node} got at {lease.From:O}");
        if (calls.Count > Math.Ceiling(shut.Length.TotalSeconds))
            complaints.Add(string.Create(CultureInfo.InvariantCulture,
                $"{partner} was called {calls.Count} times in {shut.Length.TotalSeconds:N1} s while it was down"));
    }

    private static void JudgeSteps(
        string partner, Span shut, GateRecord record, IReadOnlyList<ProbeLease> leases, List<string> complaints)
    {
        var probes = leases.Count(lease => lease.From < shut.Until && lease.Until > shut.From);
        var steps = record.Steps.Where(step => shut.Has(step.At)).ToList();
        var taken = steps.Count(step => step.State == "Processing");
        if (taken > probes) complaints.Add($"{taken} jobs were taken for {probes} tries while the gate of {partner} was closed");

        var before = record.Steps.Where(step => step.At < shut.From).GroupBy(step => step.Job)
            .ToDictionary(job => job.Key, job => job.MaxBy(step => step.At)!.State);
        var fresh = steps.Select(step => step.Job).Distinct().Count(job => !before.ContainsKey(job));
        var putOff = before.Values.Count(state => state == "Scheduled");
        var underWay = record.Calls.Count(call => call.Began < shut.From && !(call.Ended < shut.From));
        var more = steps.Count - fresh - putOff - StepsOfProbe * (probes + underWay);
        if (more > 0)
            complaints.Add($"{more} steps too many were written of jobs that waited while the gate of {partner} was closed: "
                + $"{steps.Count} for {fresh} new jobs, {putOff} that came back and {probes} tries");
    }

    private readonly record struct Span(DateTimeOffset From, DateTimeOffset Until)
    {
        public bool IsEmpty => Until <= From;
        public TimeSpan Length => Until - From;

        public bool Has(DateTimeOffset time) => time >= From && time < Until;
    }
}

/// <summary>Everything about one partner from one moment on, the oldest first.</summary>
internal sealed record GateRecord(IReadOnlyList<GateMove> Moves, IReadOnlyList<WireCall> Calls, IReadOnlyList<JobStep> Steps);

/// <summary>A change of a gate's row.</summary>
/// <param name="Node">Which process wrote it.</param>
/// <param name="Position">As in the row, or <see cref="Lost"/>.</param>
internal sealed record GateMove(DateTimeOffset At, string Node, string Position, Guid? Prober = null, DateTimeOffset? ProbeUntil = null)
{
    public const string Open = "open", HalfOpen = "half-open", Closed = "closed";

    /// <summary>The row was deleted.</summary>
    public const string Lost = "lost";
}

/// <summary>A state that was written for a job of the partner.</summary>
internal sealed record JobStep(long Job, string State, DateTimeOffset At);

/// <param name="Until">Its end: given back, or run out.</param>
internal sealed record ProbeLease(DateTimeOffset From, DateTimeOffset Until, Guid? Prober, string Node)
{
    public bool Has(DateTimeOffset time) => time >= From && time <= Until;
}
