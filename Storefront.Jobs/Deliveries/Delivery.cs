namespace Storefront.Jobs.Deliveries;

/// <summary>
/// The ledger: one row for each effect an order has on a partner. Hangfire triggers, this row is the truth,
/// so a job that is lost, deleted or run again can neither lose nor double the effect.
/// </summary>
public sealed class Delivery
{
    private Delivery() { }

    public Guid OrderId { get; private set; }

    /// <summary>A name of <see cref="Placing.Effects"/>.</summary>
    public required string Effect { get; init; }

    public DeliveryState State { get; private set; }

    /// <summary>What the partner tells repeats by. Made from order and effect, never from a job or an attempt.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>Calls begun; a deferral (429, open circuit) is none.</summary>
    public int Attempts { get; private set; }

    /// <summary>Not before this time (a review request waits two weeks).</summary>
    public DateTimeOffset DueAt { get; private set; }

    public DateTimeOffset? FirstAttemptAt { get; private set; }
    public DateTimeOffset? NextAttemptAt { get; private set; }
    public DateTimeOffset? DeliveredAt { get; private set; }

    /// <summary>The partner's own id of what it accepted.</summary>
    public string? PartnerReference { get; private set; }

    /// <summary>The partner's words, or what kept us from hearing them.</summary>
    public string? LastError { get; private set; }

    /// <summary>The latest Hangfire job of this effect.</summary>
    public long? JobId { get; private set; }
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
