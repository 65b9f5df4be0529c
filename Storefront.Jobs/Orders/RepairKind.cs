namespace Storefront.Jobs.Orders;

/// <summary>What was wrong, in the rows of <c>orders.repairs</c>.</summary>
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
