using Npgsql;

namespace Storefront.Jobs.Queue.Gates;

/// <summary>
/// Lets the calls of this process to one partner go out when it is their turn, so that all processes together keep the partner's limit.
/// The times of the turns are taken from the fleet's row, for about a second's calls at once. Without a limit nobody waits.
/// </summary>
/// <param name="configured">Null: no limit but what the partner says.</param>
internal sealed class Pace(string name, RateLimit? configured, PaceTable table, TimeProvider clock) : IDisposable
{
    /// <summary>Turns lie a little further apart than the limit allows: a call that is late meets the calls after it.</summary>
    private const double Spread = 1.08;

    /// <summary>A call that is later than this gives its turn up. As a share of the time in which the limit counts.</summary>
    private const double Lateness = 0.065;

    /// <summary>How long what a partner says of its limit is kept to.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1), ShortestPause = TimeSpan.FromMilliseconds(50);

    private readonly Turns turns = new();
    private readonly SemaphoreSlim drawing = new(1);
    private int waiting;
    private int used;
    private int missed;
    private long? lastDraw;
    private long nextFree = long.MinValue; // the fleet's row has no earlier turn
    private Said? learned;
    private long? toldAt;
    private TimeSpan longestReset;
    private double byHand = double.PositiveInfinity;

    private sealed record Said(double PerSecond, long At);

    /// <summary>The lowest of what the settings, a person and the partner say; null: no limit.</summary>
    public double? PerSecond
    {
        get
        {
            var least = Math.Min(configured?.PerSecond ?? double.PositiveInfinity, byHand);
            if (learned is { } said && clock.GetElapsedTime(said.At) < Memory) least = Math.Min(least, said.PerSecond);
            return double.IsPositiveInfinity(least) ? null : least;
        }
    }

    /// <summary>More jobs than these would only wait for their turns.</summary>
    public int MostJobs => PerSecond is { } perSecond ? Math.Max(1, (int)Math.Ceiling(perSecond * 2)) : int.MaxValue;

    /// <returns>
    /// Null: it is this call's turn. Otherwise it was not within the time, and this is how long to wait before asking again.
    /// </returns>
    public async Task<TimeSpan?> WaitAsync(TimeSpan most, CancellationToken cancel)
    {
        if (PerSecond is null) return null;
        var deadline = clock.GetTimestamp() + Ticks(most.TotalSeconds);
        using var limit = new CancellationTokenSource(most, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        Interlocked.Increment(ref waiting);
        try
        {
            while (!await TakeTurnAsync(deadline, either.Token))
            {
                // It waits all the same: a job that gave up at once would only make room for the next job, which has to give up too.
                if (AreAllTakenUntil(deadline)) await Task.Delay(Timeout.InfiniteTimeSpan, clock, either.Token);
                await DrawAsync(deadline, either.Token);
            }

            return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Not at the turn itself, but while it can still be waited for: a retry is seldom in time to the second.
            var wait = UntilNext() - most / 2;
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <summary>The last second of a minute looks like a window of a second: what was said before tells them apart.</summary>
    public Quota InItsWindow(Quota quota)
    {
        if (quota.Reset > longestReset) longestReset = quota.Reset;
        return quota with { Window = longestReset };
    }

    /// <summary>Learns from the partner's answer. Returns what the fleet has to know, or null.</summary>
    public double? Learn(Quota quota)
    {
        // Far from its limit, a partner needs no protection, and a fresh mail no turn.
        if (quota.PerSecond is not { } perSecond || !quota.IsHalfUsed && PerSecond is null) return null;
        if (!IsNews(perSecond, quota.IsHalfUsed)) return null;
        var now = clock.GetTimestamp();
        (learned, toldAt) = (new(perSecond, now), now);
        return perSecond;
    }

    /// <summary>Takes over what the fleet knows.</summary>
    public void Follow(double? fleetLearned, double? limitByHand)
    {
        // What is far off by a low limit is not by a higher one.
        if (Interlocked.Exchange(ref byHand, limitByHand ?? double.PositiveInfinity) is var before && before < byHand)
            Volatile.Write(ref nextFree, long.MinValue);
        if (fleetLearned is { } perSecond) learned = new(perSecond, clock.GetTimestamp());
    }

    private bool IsNews(double perSecond, bool isNear) =>
        toldAt is not { } told || learned is not { } last || clock.GetElapsedTime(told) is var age && (age > Memory / 2 && isNear
            || age > LongestPause && Math.Abs(last.PerSecond - perSecond) > last.PerSecond / 10);

    public void Dispose() => drawing.Dispose();

    private async Task<bool> TakeTurnAsync(long deadline, CancellationToken cancel)
    {
        while (PerSecond is not null)
        {
            if (!turns.TryTake(deadline, out var turn)) return false;
            await WaitForAsync(turn, cancel);
            var isInTime = clock.GetTimestamp() <= turn.Until;
            Interlocked.Increment(ref isInTime ? ref used : ref missed);
            if (isInTime) return true;
        }

        return true;
    }

    private async Task WaitForAsync(Turn turn, CancellationToken cancel)
    {
        try
        {
            var wait = clock.GetElapsedTime(clock.GetTimestamp(), turn.From);
            if (wait > TimeSpan.Zero) await Task.Delay(Whole(wait), clock, cancel);
        }
        catch (OperationCanceledException)
        {
            turns.Add(turn); // for the next call
            throw;
        }
    }

    private bool AreAllTakenUntil(long deadline) => Volatile.Read(ref nextFree) > deadline;

    private TimeSpan UntilNext()
    {
        var now = clock.GetTimestamp();
        return clock.GetElapsedTime(now, turns.Next ?? Math.Max(now, Volatile.Read(ref nextFree)));
    }

    private async Task DrawAsync(long deadline, CancellationToken cancel)
    {
        await drawing.WaitAsync(cancel);
        try
        {
            if (turns.Next <= deadline || AreAllTakenUntil(deadline) || PerSecond is not { } perSecond) return;
            if (lastDraw is { } last && Pause(last, perSecond) is var pause && pause > TimeSpan.Zero)
                await Task.Delay(Whole(pause), clock, cancel);
            var wanted = Wanted();
            var every = TimeSpan.FromSeconds(Spread / perSecond);
            var asked = clock.GetTimestamp();
            lastDraw = asked;
            var most = clock.GetElapsedTime(asked, deadline);
            var (first, count) = await table.DrawAsync(name, every, configured?.Burst ?? 1, wanted, most, cancel);
            Keep(first, count, every, asked, answered: clock.GetTimestamp());
        }
        catch (Exception outage) when (outage is NpgsqlException or TimeoutException)
        {
            // Asked again in a second. Without the database no job gets as far as its call.
        }
        finally
        {
            drawing.Release();
        }
    }

    // More than wait now where all went well: the calls are quick, and their jobs will wait again before the next draw.
    private int Wanted()
    {
        var (lately, wasted) = (Interlocked.Exchange(ref used, 0), Interlocked.Exchange(ref missed, 0));
        return Math.Max(Volatile.Read(ref waiting), wasted == 0 ? lately * 3 / 2 : lately - wasted);
    }

    // The database looked at its clock between question and answer: a turn begins as late, and ends as early, as that leaves open.
    private void Keep(TimeSpan first, int count, TimeSpan every, long asked, long answered)
    {
        var late = Lateness * Math.Max(1, every.TotalSeconds);
        for (var n = 0; n < count; n++)
        {
            var at = Math.Max(0, (first + n * every).TotalSeconds);
            turns.Add(new(answered + Ticks(at), asked + Ticks(at + late)));
        }

        Volatile.Write(ref nextFree, asked + Ticks((first + count * every).TotalSeconds));
    }

    // A second, or the time of twenty calls: where a partner takes many, it is the workers that set the pace. Not in step with other
    // processes, since one that always asks right after another would never get a turn.
    private TimeSpan Pause(long last, double perSecond)
    {
        var usual = TimeSpan.FromSeconds(Math.Clamp(20 / perSecond, ShortestPause.TotalSeconds, LongestPause.TotalSeconds));
        return usual * (1 + 0.2 * Random.Shared.NextDouble()) - clock.GetElapsedTime(last);
    }

    private long Ticks(double seconds) => (long)(seconds * clock.TimestampFrequency);

    private static TimeSpan Whole(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
}
