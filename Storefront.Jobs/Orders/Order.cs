namespace Storefront.Jobs.Orders;

/// <summary>
/// What a shopper asked for, as asked: names and prices are snapshots, so a later change of the catalogue changes no order.
/// Changed by <see cref="OrderStore"/> alone; everybody else reads.
/// </summary>
public sealed class Order
{
    internal Order() { }

    /// <summary>What partners, logs and staff know it by: the <c>reference</c> of the API. It opens nothing.</summary>
    public Guid Id { get; internal init; }

    /// <summary>122 random bits, the <c>id</c> of the API: knowing it is what lets a guest see the order. The shopper's alone.</summary>
    public Guid Key { get; internal init; }

    /// <summary>What people say on the telephone. Consecutive, so never enough to see an order.</summary>
    public long Number { get; internal init; }

    public OrderStatus Status { get; internal init; }

    /// <summary>Why the order is <see cref="OrderStatus.Rejected"/> or <see cref="OrderStatus.Failed"/>.</summary>
    public OrderFailure? Failure { get; internal init; }

    /// <summary>The lines Inventory could not fill, when <see cref="OrderFailure.SoldOut"/>.</summary>
    public IReadOnlyList<Shortfall> Shortfalls { get; internal init; } = [];

    public required string Email { get; init; }
    public required string Name { get; init; }
    public required Address Address { get; init; }

    /// <summary>The account whose owner placed it. Null: a guest, a program, or it is forgotten by now.</summary>
    public Guid? Account { get; internal init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }

    public decimal Total { get; internal init; }
    public DateTimeOffset CreatedAt { get; internal init; }

    /// <summary>How old it was when it was read, by the database's clock, which is one for all nodes.</summary>
    public TimeSpan Age { get; internal init; }

    public DateTimeOffset? PlacedAt { get; internal init; }
    public IReadOnlyList<OrderLine> Lines { get; internal init; } = [];
    public IReadOnlyList<Delivery> Deliveries { get; internal init; } = [];

    internal OrderTraits Traits => new(Account, Total, Currency);
}

/// <summary>Stored and sent as the lower-case name.</summary>
public enum OrderStatus
{
    /// <summary>Written down; Inventory has not said yes or no, as far as we know.</summary>
    Reserving,

    /// <summary>Inventory holds the stock, and the order's deliveries and jobs exist.</summary>
    Placed,

    /// <summary>Inventory said no. Nothing is held.</summary>
    Rejected,

    /// <summary>Inventory could not be asked, or not be understood in time. Nothing is held.</summary>
    Failed,

    /// <summary>Was placed; the stock is given back.</summary>
    Cancelled,
}

/// <summary>Stored as the kebab-case name.</summary>
public enum OrderFailure
{
    SoldOut,
    UnknownSku,

    /// <summary>The call surely never reached Inventory: the same key may try again.</summary>
    NotSent,

    /// <summary>Inventory answered that it will not serve us (credentials, contract): a fault of ours, not the shopper's.</summary>
    Refused,

    /// <summary>No definite answer within the time we keep a shopper's order open; released to be sure.</summary>
    GivenUp,
}

/// <param name="Sku">1 to 64 characters.</param>
/// <param name="UnitPrice">In the order's currency, as the catalogue had it when the order was written down.</param>
public sealed record OrderLine(string Sku, string Name, int Quantity, decimal UnitPrice)
{
    public decimal Total => Quantity * UnitPrice;
}

public sealed record Address(string Line1, string? Line2, string City, string PostalCode, string Country);

/// <summary>A line Inventory could not fill: what was asked for, and what is left.</summary>
public sealed record Shortfall(string Sku, int Requested, int Available);
