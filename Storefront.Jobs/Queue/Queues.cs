namespace Storefront.Jobs.Queue;

/// <summary>Queues that belong to no partner.</summary>
public static class Queues
{
    /// <summary>Reconciliation, alerts, and what staff have asked for.</summary>
    public const string Critical = "critical";

    /// <summary>Orders that are open. Their jobs ask Inventory, and where it hangs, each of them waits for it.</summary>
    public const string Orders = "orders";

    /// <summary>Jobs of versions before 20261128, which had one queue for all partners.</summary>
    public const string Default = "default";
}
