
namespace Storefront.Jobs.Orders;

/// <summary>An order as it is written down before Inventory is asked. Prices are the catalogue's, never the client's.</summary>
/// <param name="RequestHash">SHA-256 of what the client sent: the same key with another hash is another order, and refused.</param>
/// <param name="Currency">ISO 4217, of every line.</param>
/// <param name="Account">Whose owner places it; null: it is a guest's, or a program's.</param>
public sealed record OrderDraft(
    string IdempotencyKey, byte[] RequestHash, string Email, string Name, Address Address, string Currency, IReadOnlyList<OrderLine> Lines,
    Guid? Account = null)
{
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>Random, not time-ordered: a guest's only secret.</summary>
    public Guid Key { get; } = Guid.NewGuid();

    public decimal Total { get; } = Lines.Sum(line => line.Total);

    internal OrderTraits Traits => new(Account, Total, Currency);
}

/// <summary>What decides which effects an order has.</summary>
/// <param name="Account">Null: a guest's, or a program's.</param>
public sealed record OrderTraits(Guid? Account, decimal Total, string Currency);

/// <summary>The right to finish one open order, for a while. The token fences: whoever lost the lease can change nothing.</summary>
public sealed record Lease(Guid OrderId, Guid Token, OrderTraits Traits);

/// <summary>What <see cref="OrderStore"/> found when it was asked to store an order.</summary>
public abstract record Opened
{
    private Opened() { }

    /// <summary>
    /// The order is open and ours. <paramref name="Known"/>: it was open before, so Inventory may have been asked, and may hold its stock.
    /// </summary>
    public sealed record Ours(Lease Lease, IReadOnlyList<OrderLine> Lines, bool Known) : Opened;

    /// <summary>Somebody else holds the lease.</summary>
    public sealed record Busy : Opened;

    /// <summary>The key belongs to an order that is no longer open.</summary>
    public sealed record Settled(Order Order) : Opened;

    public sealed record KeyReused : Opened;
}
