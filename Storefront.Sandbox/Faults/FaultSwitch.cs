using System.Diagnostics;

namespace Storefront.Sandbox.Faults;

/// <summary>One partner's fault. Of this process only: a restart heals.</summary>
internal sealed class FaultSwitch
{
    private Setting setting = new(Fault.None);
    private readonly Lock counting = new();
    private long received;
    private long windowBegan;
    private int inWindow;

    public Fault Fault => Volatile.Read(ref setting).Fault;

    /// <summary>Cancelled when another fault is set, or none.</summary>
    public CancellationToken Lifted => Volatile.Read(ref setting).Lifted.Token;

    /// <summary>Requests since this process started, whatever came of them.</summary>
    public long Received => Interlocked.Read(ref received);

    public void Set(Fault fault) => Interlocked.Exchange(ref setting, new(fault.Complete())).Lifted.Cancel();

    public void Count() => Interlocked.Increment(ref received);

    /// <summary>Counts a request against the limit. Returns how many the window still has; negative: it has none for this one.</summary>
    public int Spend(int limit)
    {
        lock (counting)
        {
            var now = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(windowBegan, now) >= TimeSpan.FromSeconds(1)) (windowBegan, inWindow) = (now, 0);
            return limit - ++inWindow;
        }
    }

    private sealed record Setting(Fault Fault)
    {
        // Without a timer or a wait handle there is nothing in it to dispose of.
        public CancellationTokenSource Lifted { get; } = new();
    }
}
