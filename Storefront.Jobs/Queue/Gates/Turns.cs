namespace Storefront.Jobs.Queue.Gates;

/// <summary>When a call may go out, by the clock of this process, which only this process knows.</summary>
internal readonly record struct Turn(long From, long Until);

/// <summary>The turns that this process has and that no call of it has used yet, the earliest first.</summary>
internal sealed class Turns
{
    private readonly PriorityQueue<Turn, long> queue = new();

    /// <summary>When the earliest begins; null: there is none.</summary>
    public long? Next
    {
        get
        {
            lock (queue) return queue.TryPeek(out _, out var from) ? from : null;
        }
    }

    public void Add(Turn turn)
    {
        lock (queue) queue.Enqueue(turn, turn.From);
    }

    /// <summary>Takes the earliest, unless it begins after the deadline: then it is left to a call that can wait for it.</summary>
    public bool TryTake(long deadline, out Turn turn)
    {
        lock (queue) return queue.TryPeek(out turn, out var from) && from <= deadline && queue.TryDequeue(out turn, out _);
    }
}
