namespace Storefront.Jobs.Queue;

/// <summary>Thrown by a job that knows when it wants to run again.</summary>
/// <param name="deferred">Asked to wait rather than failed: no attempt is used up.</param>
/// <param name="queue">Where it waits when it is due; null: in its usual queue.</param>
internal sealed class RetryLater(TimeSpan after, Exception why, bool deferred, string? queue = null) : Exception(why.Message, why)
{
    public TimeSpan After => after;
    public bool Deferred => deferred;
    public string? Queue => queue;
}

/// <summary>Thrown by a job that must not run again by itself.</summary>
internal sealed class DeadLetter(Exception why) : Exception(why.Message, why);
