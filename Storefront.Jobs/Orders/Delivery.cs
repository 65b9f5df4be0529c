namespace Storefront.Jobs.Orders;

/// <summary>
/// The ledger: one row for each effect an order has on a partner. Hangfire triggers, this row is the truth,
/// so a job that is lost, deleted or run again can neither lose nor double the effect.
/// </summary>
public sealed class Delivery
{
    internal Delivery() { }

    /// <summary>The name of an <see cref="Storefront.Jobs.Orders.Effect"/>.</summary>
    public required string Effect { get; init; }

    public DeliveryState State { get; internal init; }

    /// <summary>Calls begun; a deferral (429, open circuit) is none.</summary>
    public int Attempts { get; internal init; }

    /// <summary>Not before this time (a review request waits two weeks).</summary>
    public DateTimeOffset DueAt { get; internal init; }

    public DateTimeOffset? FirstAttemptAt { get; internal init; }
    public DateTimeOffset? NextAttemptAt { get; internal init; }
    public DateTimeOffset? DeliveredAt { get; internal init; }
}

/// <summary>Stored and sent as the lower-case name.</summary>
public enum DeliveryState
{
    Pending,
    Delivered,

    /// <summary>Given up, waiting for a human.</summary>
    Dead,

    /// <summary>Withdrawn before it happened, with its order.</summary>
    Cancelled,
}
