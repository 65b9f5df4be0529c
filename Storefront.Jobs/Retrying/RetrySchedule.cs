namespace Storefront.Jobs.Retrying;

/// <summary>
/// When a job that failed is tried again: 5 s, doubling up to 30 min, each ±20 % so that a partner that comes back is not
/// met by everybody at once. 45 attempts span 18 h: a partner may be down overnight.
/// </summary>
internal static class RetrySchedule
{
    public const int Attempts = 45;

    /// <summary>How long a partner may put us off before it counts as failing.</summary>
    public static readonly TimeSpan DeferralBudget = TimeSpan.FromHours(24);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LongestDeferral = TimeSpan.FromMinutes(15);

    /// <param name="attempt">The one that just failed, from 1.</param>
    public static TimeSpan After(int attempt)
    {
        var doubled = First * Math.Pow(2, Math.Min(attempt - 1, 20));
        return (doubled < Longest ? doubled : Longest) * (0.8 + 0.4 * Random.Shared.NextDouble());
    }

    /// <summary>A partner's Retry-After is honoured, and never waited for longer than 15 min: it may be wrong.</summary>
    public static TimeSpan Clamp(TimeSpan asked)
    {
        var bounded = asked < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : asked > LongestDeferral ? LongestDeferral : asked;
        return bounded * (1 + 0.1 * Random.Shared.NextDouble());
    }
}
