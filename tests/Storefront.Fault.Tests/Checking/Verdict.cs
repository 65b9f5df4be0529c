namespace Storefront.Fault.Tests.Checking;

/// <summary>The result of a key. The names are Jepsen's.</summary>
internal enum Fate
{
    /// <summary>The result is what its shopper was told.</summary>
    Ok,

    /// <summary>Its shopper got no clear answer at some time, and the key has exactly one result.</summary>
    Recovered,

    /// <summary>The order, its stock or one of its effects was promised and is missing.</summary>
    Lost,

    /// <summary>The order, its stock or one of its effects exists more than once.</summary>
    Duplicated,

    /// <summary>It exists, although nobody asked for it or its shopper was told that nothing was ordered.</summary>
    Unexpected,
}

/// <param name="Complaints">One sentence for each broken promise.</param>
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
