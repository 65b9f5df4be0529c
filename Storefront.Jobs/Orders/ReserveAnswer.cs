namespace Storefront.Jobs.Orders;

/// <summary>Yes, no, or nobody knows. Never an exception: each of them is something a shopper is told.</summary>
public abstract record ReserveAnswer
{
    private ReserveAnswer() { }

    public sealed record Held : ReserveAnswer;

    /// <summary>A definite no.</summary>
    /// <param name="Shortfalls">The lines that could not be filled, when <see cref="OrderFailure.SoldOut"/>.</param>
    /// <param name="Release">An earlier call of the same ask went unanswered and may still take stock.</param>
    public sealed record No(OrderFailure Why, IReadOnlyList<Shortfall> Shortfalls, bool Release) : ReserveAnswer;

    /// <summary>Nothing reached Inventory, so nothing was taken.</summary>
    public sealed record NotSent(TimeSpan RetryAfter) : ReserveAnswer;

    /// <summary>The stock may be taken or not; asking again with the same id finds out.</summary>
    public sealed record Unknown(string Why) : ReserveAnswer;
}
