namespace Storefront.Jobs.Orders;

/// <summary>Somebody else took the order over while we were away; what we wanted to write did not happen.</summary>
public sealed class LeaseLostException(Guid orderId) : Exception($"The lease on order {orderId} was lost, so nothing was written.");
