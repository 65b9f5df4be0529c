
namespace Storefront.Jobs.Orders;

public abstract record Cancelled
{
    private Cancelled() { }

    /// <summary>Cancelled, now or before.</summary>
    public sealed record Done(Order Order) : Cancelled;

    /// <param name="Why">A sentence for the shopper.</param>
    public sealed record TooLate(string Why) : Cancelled;

    public sealed record NoSuchOrder : Cancelled;
}
