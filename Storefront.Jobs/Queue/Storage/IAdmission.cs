namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Says how many jobs this process may take from a queue. Asked before jobs are taken: what may not be taken stays where it is.
/// </summary>
internal interface IAdmission
{
    /// <summary>Queues of one group share one limit.</summary>
    string GroupOf(string queue);

    /// <summary>How many more jobs of the queue's group may be taken now.</summary>
    int Permits(string queue);

    /// <summary>There may be more in these queues than was permitted: <see cref="Freed"/> is raised when more is.</summary>
    /// <returns>Whether it is already, for one of them.</returns>
    bool WaitForPermits(IReadOnlyCollection<string> queues);

    /// <summary>Whether jobs that another process abandoned may be taken as well.</summary>
    bool MayRescue(string queue);

    void Taken(string queue);

    /// <summary>It was finished, returned to its queue, or lost to another process.</summary>
    void Ended(string queue);

    /// <summary>Raised when there are permits that somebody waits for, or may be.</summary>
    event Action? Freed;
}

/// <summary>Every queue may be taken from without limit.</summary>
internal sealed class UnlimitedAdmission : IAdmission
{
    public string GroupOf(string queue) => queue;
    public int Permits(string queue) => int.MaxValue;
    public bool WaitForPermits(IReadOnlyCollection<string> queues) => false;
    public bool MayRescue(string queue) => true;

    public void Taken(string queue)
    {
        // Nothing is counted.
    }

    public void Ended(string queue)
    {
        // Nothing is counted.
    }

    public event Action? Freed
    {
        add { }
        remove { }
    }
}
