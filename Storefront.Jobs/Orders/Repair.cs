namespace Storefront.Jobs.Orders;

/// <summary>One row for everything reconciliation found and mended, so that drift can be seen and counted.</summary>
public sealed class Repair
{
    private Repair() { }

    public long Id { get; private set; }
    public DateTimeOffset At { get; private set; }

    /// <summary>What was wrong: a name of <see cref="RepairKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The order or reservation it was found on.</summary>
    public required string Subject { get; init; }

    public required string Found { get; init; }
    public required string Done { get; init; }
}

public static class RepairKind
{
    public const string OrderLeftOpen = "order-left-open";
    public const string DeliveryWithoutJob = "delivery-without-job";
    public const string JobLost = "job-lost";
    public const string DeliveryJobDead = "delivery-job-dead";
    public const string ReservationWithoutOrder = "reservation-without-order";
    public const string OrderWithoutReservation = "order-without-reservation";
    public const string ReservationDiffers = "reservation-differs";
    public const string DeliveryWithoutProof = "delivery-without-proof";
}
