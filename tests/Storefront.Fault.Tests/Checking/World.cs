using Storefront.Fault.Tests.Load;

namespace Storefront.Fault.Tests.Checking;

/// <summary>What is stored at the end: the shop's rows, and what its partners accepted. It is read without the faulty proxies.</summary>
internal sealed record World(
    IReadOnlyList<StoredOrder> Orders, IReadOnlyList<HeldStock> Reservations, IReadOnlyList<Effect> Effects,
    IReadOnlyDictionary<string, int> Reserved, Leftovers Leftovers)
{
    /// <summary>How often partners got a repeat under the same key.</summary>
    public int Repeats => Effects.Sum(effect => effect.Received - 1);
}

/// <param name="Key">The name that its shopper gave, which is the key of the wish.</param>
/// <param name="Pending">Effects in the ledger that are due and neither delivered nor withdrawn.</param>
/// <param name="Dead">Effects in the ledger that were given up.</param>
internal sealed record StoredOrder(
    Guid Id, string Key, string Status, IReadOnlyList<WishedLine> Lines, IReadOnlyList<string> Delivered, IReadOnlyList<string> Pending,
    IReadOnlyList<string> Dead);

/// <summary>A reservation as Inventory has it. Its id is the order's.</summary>
internal sealed record HeldStock(string Id, string Status, IReadOnlyList<WishedLine> Lines, int Received);

/// <summary>A mail or an event that a partner accepted under one key.</summary>
/// <param name="Kind">What it is, by its content and not by its key.</param>
/// <param name="Received">How often it came under its key.</param>
internal sealed record Effect(string Partner, string Kind, Guid Order, string Key, int Received);

/// <summary>What must be empty once everything is drained, and the repairs that reconciliation recorded.</summary>
/// <param name="Failed">One line for each job that Hangfire has given up: which it was, and why.</param>
internal sealed record Leftovers(
    long Queued, long Unfinished, long Prepared, long Locks, IReadOnlyList<string> Failed, IReadOnlyList<string> Repairs)
{
    public static readonly Leftovers None = new(0, 0, 0, 0, [], []);
}
