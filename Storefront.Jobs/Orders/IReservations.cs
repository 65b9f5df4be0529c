namespace Storefront.Jobs.Orders;

/// <summary>What orders ask of the partner that holds the stock. That partner implements it; orders do not know which one it is.</summary>
public interface IReservations
{
    /// <summary>How long an order whose answer is unknown is kept open.</summary>
    TimeSpan GiveUpAfter { get; }

    /// <summary>Asks for the stock of an order again. A repeat takes nothing more than the first ask.</summary>
    Task<ReserveAnswer> ReserveAsync(Guid orderId, IReadOnlyList<OrderLine> lines, CancellationToken cancel);
}
