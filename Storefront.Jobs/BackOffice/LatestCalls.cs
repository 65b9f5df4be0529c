namespace Storefront.Jobs.BackOffice;

internal static class LatestCalls
{
    /// <summary>A partner's latest calls, the newest first, as a query.</summary>
    /// <param name="partner">The SQL parameter that holds the partner's name, for example <c>$1</c>.</param>
    /// <param name="most">The most rows that are read.</param>
    // The index on partner and id is the only one that has this order. With "order by id" alone, the planner may go through the primary key
    // backwards, and past every call of all the others if this partner was never called.
    public static string Of(string partner, int most) => $"""
        (select * from orders.calls where (partner, id) >= ({partner}, 0) and (partner, id) <= ({partner}, {long.MaxValue})
        order by partner desc, id desc limit {most})
        """;
}
