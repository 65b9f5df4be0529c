using System.Collections.Immutable;

namespace Storefront.Web.Cart;

/// <summary>
/// What a shopper means to buy. It never changes: every verb gives another cart, with another <see cref="CheckoutKey"/>,
/// so one key stands for one content and a button pressed twice is one order.
/// </summary>
/// <param name="CheckoutKey">The idempotency key of the order this cart will become.</param>
/// <param name="LastOrder">The order that emptied this cart, which a late second click is led to.</param>
public sealed record ShoppingCart(Guid CheckoutKey, ImmutableList<CartLine> Lines, PlacedCart? LastOrder = null)
{
    public const int MaxLines = 200;
    public const int MaxQuantity = 100_000;

    public static ShoppingCart Empty() => new(Guid.NewGuid(), []);

    public bool IsEmpty => Lines.IsEmpty;

    /// <summary>Pieces, not lines.</summary>
    public long Pieces => Lines.Sum(line => (long)line.Quantity);

    public CartLine? Find(string sku) => Lines.Find(line => line.Sku == sku);

    /// <summary>More of a SKU, up to <see cref="MaxQuantity"/>.</summary>
    public ShoppingCart Add(string sku, int quantity) =>
        Set(sku, (int)Math.Min(MaxQuantity, (Find(sku)?.Quantity ?? 0) + (long)quantity));

    /// <summary>Exactly so many of a SKU; zero takes it out. The same quantity again is the same cart.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The quantity or the number of lines is beyond its limit.</exception>
    public ShoppingCart Set(string sku, int quantity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quantity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quantity, MaxQuantity);
        var line = Find(sku);
        if (quantity == (line?.Quantity ?? 0)) return this;
        if (line is null) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Lines.Count, MaxLines, nameof(sku));
        return With(
            line is null ? Lines.Add(new CartLine(sku, quantity))
            : quantity == 0 ? Lines.Remove(line)
            : Lines.Replace(line, line with { Quantity = quantity }));
    }

    /// <summary>The same content as a new order: the attempt under the old key has come to its end.</summary>
    public ShoppingCart Renew() => With(Lines);

    /// <summary>Emptied by an order, which stays known so that the key's next use finds it.</summary>
    public ShoppingCart Became(Guid orderKey) => With([]) with { LastOrder = new PlacedCart(CheckoutKey, orderKey) };

    private ShoppingCart With(ImmutableList<CartLine> lines) => this with { CheckoutKey = Guid.NewGuid(), Lines = lines };
}

/// <param name="Quantity">1 to <see cref="ShoppingCart.MaxQuantity"/>.</param>
public sealed record CartLine(string Sku, int Quantity);

/// <param name="OrderKey">What opens the order's page.</param>
public sealed record PlacedCart(Guid CheckoutKey, Guid OrderKey);
