namespace Storefront.Jobs.Queue;

/// <summary>Queues that belong to no partner.</summary>
public static class Queues
{
    /// <summary>Orders that are open, reconciliation, alerts, and what staff have asked for.</summary>
    public const string Critical = "critical";

    /// <summary>Jobs of versions before 20261128, which had one queue for all partners.</summary>
    public const string Default = "default";
}
