using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Checking;

/// <summary>Measures for each kill how long it takes until everything that was under way then has ended.</summary>
internal sealed class Recovery : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentQueue<TimeSpan> times = new();
    private readonly ConcurrentQueue<Kill> killed = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly ShopRig rig;
    private readonly Task watching;

    public Recovery(ShopRig rig)
    {
        this.rig = rig;
        watching = WatchAsync();
    }

    public IReadOnlyCollection<TimeSpan> Times => times;

    public void Killed() => killed.Enqueue(new(Stopwatch.StartNew()));

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await watching;
        stopping.Dispose();
    }

    private async Task WatchAsync()
    {
        var open = new List<Kill>();
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token))
            {
                while (killed.TryDequeue(out var kill)) open.Add(kill);
                if (open.Count > 0 && await UnderWayAsync() is { } underWay) open.RemoveAll(kill => IsOver(kill, underWay));
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private bool IsOver(Kill kill, HashSet<string> underWay)
    {
        kill.Waits ??= [.. underWay];
        kill.Waits.IntersectWith(underWay);
        if (kill.Waits.Count > 0) return false;
        times.Enqueue(kill.Clock.Elapsed);
        return true;
    }

    /// <returns>Null where Postgres does not say at this moment.</returns>
    private async Task<HashSet<string>?> UnderWayAsync()
    {
        try
        {
            return await Observer.UnderWayAsync(rig);
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    private sealed class Kill(Stopwatch clock)
    {
        public Stopwatch Clock => clock;

        /// <summary>What was under way at the kill and has not ended yet. It is null before the first look.</summary>
        public HashSet<string>? Waits { get; set; }
    }
}
