namespace Storefront.Sandbox.Faults;

/// <summary>One partner's fault. Of this process only: a restart heals.</summary>
internal sealed class FaultSwitch
{
    private Setting setting = new(Fault.None);
    private long received;

    public Fault Fault => Volatile.Read(ref setting).Fault;

    /// <summary>Cancelled when another fault is set, or none.</summary>
    public CancellationToken Lifted => Volatile.Read(ref setting).Lifted.Token;

    /// <summary>Requests since this process started, whatever came of them.</summary>
    public long Received => Interlocked.Read(ref received);

    public void Set(Fault fault) => Interlocked.Exchange(ref setting, new(fault.Complete())).Lifted.Cancel();

    public void Count() => Interlocked.Increment(ref received);

    private sealed record Setting(Fault Fault)
    {
        // Without a timer or a wait handle there is nothing in it to dispose of.
        public CancellationTokenSource Lifted { get; } = new();
    }
}
