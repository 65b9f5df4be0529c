namespace Storefront.Fault.Tests.Checking;

/// <summary>What became of a key. The names are Jepsen's.</summary>
internal enum Fate
{
    /// <summary>As its shopper was told.</summary>
    Ok,

    /// <summary>Its shopper was left in doubt at some time, and it came to exactly one definite end.</summary>
    Recovered,

    /// <summary>Promised and not there: the order, its stock, or one of its effects.</summary>
    Lost,

    /// <summary>There more than once: the order, its stock, or one of its effects.</summary>
    Duplicated,

    /// <summary>There, though nobody asked for it or its shopper was told that nothing was taken.</summary>
    Unexpected,
}

/// <param name="Complaints">One sentence for everything that is not as promised; none: all is well.</param>
internal sealed record Verdict(IReadOnlyDictionary<string, Fate> Fates, IReadOnlyList<string> Complaints, int Placed, int Leaked)
{
    public bool Holds => Complaints.Count == 0;

    public int Count(Fate fate) => Fates.Values.Count(each => each == fate);

    public override string ToString() =>
        $"{Fates.Count} keys: {Count(Fate.Ok)} ok, {Count(Fate.Recovered)} recovered, {Count(Fate.Lost)} lost, {Count(Fate.Duplicated)} "
            + $"duplicated, "
        + $"{Count(Fate.Unexpected)} unexpected; {Leaked} "
        + $"leaked.{string.Concat(Complaints.Take(20).Select(complaint => Environment.NewLine + "  " + complaint))}"
        + (Complaints.Count > 20 ? $"{Environment.NewLine}  and {Complaints.Count - 20} more." : "");
}
