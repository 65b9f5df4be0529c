namespace Storefront.Fault.Tests.Rig;

/// <summary>
/// The calls over one wire, as the wire sees them: what a process asked before it was killed is among them. A connection carries one call
/// at a time.
/// </summary>
internal sealed class WireCalls
{
    private readonly Lock gate = new();
    private readonly List<WireCall> all = [];

    /// <summary>Those that began at that time or later, the oldest first.</summary>
    public IReadOnlyList<WireCall> Since(DateTimeOffset time)
    {
        lock (gate) return [.. all.Where(call => call.Began >= time)];
    }

    public Connection Open() => new(this);

    public sealed class Connection(WireCalls calls)
    {
        private int? underWay;

        /// <summary>A piece of a request: the first one begins a call.</summary>
        public void Asked()
        {
            lock (calls.gate)
            {
                if (underWay is not null) return;
                underWay = calls.all.Count;
                calls.all.Add(new(TimeProvider.System.GetUtcNow(), Ended: null));
            }
        }

        /// <summary>A piece of the answer, or the end of the connection.</summary>
        public void Ended()
        {
            lock (calls.gate)
            {
                if (underWay is not { } call) return;
                calls.all[call] = calls.all[call] with { Ended = TimeProvider.System.GetUtcNow() };
                underWay = null;
            }
        }
    }
}

/// <param name="Ended">When its answer began, or its connection ended; null: it is under way.</param>
internal sealed record WireCall(DateTimeOffset Began, DateTimeOffset? Ended);
