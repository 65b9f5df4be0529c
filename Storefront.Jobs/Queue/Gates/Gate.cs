namespace Storefront.Jobs.Queue.Gates;

/// <summary>
/// Stands before the queues of one partner and says how many of its jobs this process may take. It closes when calls fail or the partner
/// asks to wait. While it is closed, jobs stay in their queues: nothing is written, and no attempt is used. After a break one job in the
/// whole fleet tries; if it succeeds, the number of jobs grows step by step to the maximum.
/// </summary>
/// <param name="probeLease">How long a process may try one job before another process may; at least <see cref="ShortestLease"/>.</param>
internal sealed class Gate(
    string name, IReadOnlyList<string> queues, int most, TimeProvider clock, Pace? pace = null, TimeSpan probeLease = default)
{
    /// <summary>
    /// This many failures close it: within the window, if they are half of all calls, or in a row, however long that takes. In a quiet shop
    /// one mail may be all that is sent.
    /// </summary>
    public const int MaxFailures = 5;

    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(30);

    // The lease begins when the database gives it, which is before this process knows: so this process stops a little earlier.
    private static readonly TimeSpan Earlier = TimeSpan.FromSeconds(5);

    private readonly Lock state = new();
    private readonly Queue<(long At, bool Failed)> calls = new();
    private int failures;
    private int failuresInARow;
    private double limit = most;
    private int running;
    private long? probingSince;
    private bool isAwaited;

    public string Name => name;
    public IReadOnlyList<string> Queues => queues;
    public int Most => most;
    public TimeSpan ProbeLease { get; } = probeLease > ShortestLease ? probeLease : ShortestLease;

    /// <summary>As this process knows it.</summary>
    public GateState Position { get; private set; } = GateState.Open;

    /// <summary>How many more jobs may be taken now.</summary>
    public int Permits
    {
        get
        {
            lock (state) return Math.Max(0, Allowed - running);
        }
    }

    private int Allowed => Position switch
    {
        GateState.Open => Math.Min(Math.Max(1, (int)limit), pace?.MostJobs ?? most),
        GateState.HalfOpen when probingSince is { } since && clock.GetElapsedTime(since) < ProbeLease - Earlier => 1,
        _ => 0,
    };

    public void Taken()
    {
        lock (state) running++;
    }

    /// <summary>Somebody comes back for more when there is a permit.</summary>
    public void WaitForPermit()
    {
        lock (state) isAwaited = true;
    }

    /// <returns>Whether there is a permit that somebody waits for.</returns>
    public bool Ended()
    {
        lock (state)
        {
            running--;
            if (!isAwaited || Allowed <= running) return false;
            isAwaited = false;
            return true;
        }
    }

    /// <summary>Learns from a call. Returns what the fleet has to know, or null.</summary>
    public GateChange? Record(CallOutcome outcome)
    {
        lock (state)
        {
            Count(outcome);
            switch (outcome)
            {
                case CallOutcome.Answered when Position == GateState.HalfOpen && probingSince is not null:
                    Open();
                    return new GateChange.Opened();
                case CallOutcome.AskedToWait(var wait, var reason):
                    Position = GateState.Closed;
                    return new GateChange.Closed(reason, wait is { } asked ? RetrySchedule.Clamp(asked) : null);
                case CallOutcome.Failed(var reason) when Position == GateState.HalfOpen && probingSince is not null
                    || Position == GateState.Open && HasFailedOften:
                    Position = GateState.Closed;
                    return new GateChange.Closed(reason, null);
                default:
                    return null;
            }
        }
    }

    /// <summary>Takes over what the fleet says. Returns whether jobs may be taken that could not be taken before.</summary>
    public bool Follow(GateState position)
    {
        lock (state)
        {
            if (position == Position || position == GateState.HalfOpen && Position == GateState.Closed) return false;
            if (position == GateState.Open)
            {
                Open();
                return true;
            }

            // Another process probes, or the gate was closed elsewhere: this process waits.
            Position = GateState.Closed;
            probingSince = null;
            return false;
        }
    }

    /// <summary>This process holds the lease, and may take one job.</summary>
    public void Probe()
    {
        lock (state) (Position, probingSince) = (GateState.HalfOpen, clock.GetTimestamp());
    }

    private bool HasFailedOften =>
        failures >= MaxFailures && failures * 2 >= calls.Count || failuresInARow >= MaxFailures;

    // A partner that has just come back must not meet all jobs at once: begin with one, and let each answer allow one more.
    private void Open()
    {
        (Position, probingSince, limit) = (GateState.Open, null, 1);
        (failures, failuresInARow) = (0, 0);
        calls.Clear();
    }

    private void Count(CallOutcome outcome)
    {
        var (now, failed) = (clock.GetTimestamp(), outcome is CallOutcome.Failed);
        while (calls.TryPeek(out var oldest) && clock.GetElapsedTime(oldest.At, now) > Window)
            if (calls.Dequeue().Failed) failures--;
        calls.Enqueue((now, failed));
        if (failed)
        {
            failures++;
            failuresInARow++;
            limit = Math.Max(1, limit / 2);
        }
        else
        {
            failuresInARow = 0;
            limit = Math.Min(most, limit + 1);
        }
    }
}

/// <summary>What one process learned of a partner, and all have to know.</summary>
internal abstract record GateChange
{
    private GateChange() { }

    public sealed record Opened : GateChange;

    /// <param name="For">Null: for a break that grows with each time.</param>
    public sealed record Closed(string Reason, TimeSpan? For) : GateChange;
}
