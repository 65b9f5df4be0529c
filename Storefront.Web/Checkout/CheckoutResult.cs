using Storefront.Jobs.Orders;

namespace Storefront.Web.Checkout;

/// <summary>Every way a checkout can end. A caller that forgets one does not compile into a lie: the switch throws.</summary>
public abstract record CheckoutResult
{
    private CheckoutResult() { }

    /// <summary>Stock held, order placed. <paramref name="Replayed"/>: the key was known, nothing new happened.</summary>
    public sealed record Placed(Order Order, bool Replayed) : CheckoutResult;

    /// <summary>Inventory's answer is unknown; jobs find it out. The shopper sees "we are confirming your order".</summary>
    public sealed record Confirming(Order Order, bool Replayed) : CheckoutResult;

    /// <summary>Nothing is held.</summary>
    public sealed record SoldOut(Order Order, IReadOnlyList<Shortfall> Shortfalls) : CheckoutResult;

    /// <summary>Inventory could not be asked. Nothing was taken; the same key may be tried again after the delay.</summary>
    public sealed record Unavailable(TimeSpan RetryAfter) : CheckoutResult;

    /// <summary>This email address has had too many orders lately. Nothing was written down.</summary>
    public sealed record TooMany(TimeSpan RetryAfter) : CheckoutResult;

    public sealed record InProgress(TimeSpan RetryAfter) : CheckoutResult;

    public sealed record KeyReused : CheckoutResult;

    public sealed record UnknownSku(IReadOnlyList<string> Skus) : CheckoutResult
    {
        /// <summary>Those that the catalogue has, but in another currency than the shop's.</summary>
        public IReadOnlyList<string> InOtherCurrency { get; init; } = [];
    }

    /// <summary>The shopper was shown another total or currency. Nothing was written down.</summary>
    /// <param name="Total">What the order costs now.</param>
    public sealed record PriceChanged(decimal Total, string Currency) : CheckoutResult;

    /// <summary>An order that came to its end without being placed or was cancelled later, found again by its key.</summary>
    public sealed record Ended(Order Order) : CheckoutResult;

    /// <summary>
    /// Field names as in the JSON of the API (<c>email</c>, <c>address.city</c>, <c>lines[0].quantity</c>) with their sentences.
    /// </summary>
    public sealed record Invalid(IReadOnlyDictionary<string, string[]> Errors) : CheckoutResult;

    /// <summary>What an order that is known already came to.</summary>
    /// <param name="retryAfter">When Inventory may be asked again.</param>
    public static CheckoutResult Replay(Order order, TimeSpan retryAfter) => order switch
    {
        { Status: OrderStatus.Placed } => new Placed(order, Replayed: true),
        { Status: OrderStatus.Reserving } => new Confirming(order, Replayed: true),
        { Failure: OrderFailure.SoldOut } => new SoldOut(order, order.Shortfalls),
        { Failure: OrderFailure.UnknownSku } => new UnknownSku([.. order.Lines.Select(line => line.Sku)]),
        { Failure: OrderFailure.NotSent or OrderFailure.Refused, Deliveries: [] } => new Unavailable(retryAfter),
        _ => new Ended(order),
    };
}
