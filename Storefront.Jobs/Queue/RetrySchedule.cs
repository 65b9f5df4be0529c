namespace Storefront.Jobs.Queue;

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
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestOwnPause = TimeSpan.FromMinutes(10);

    /// <summary>What a partner may ask for at a time.</summary>
    public static readonly TimeSpan LongestDeferral = TimeSpan.FromMinutes(15);

    /// <param name="attempt">The one that just failed, from 1.</param>
    public static TimeSpan After(int attempt)
    {
        var doubled = First * Math.Pow(2, Math.Min(attempt - 1, 20));
        return (doubled < Longest ? doubled : Longest) * (0.8 + 0.4 * Random.Shared.NextDouble());
    }

    /// <summary>
    /// How long to wait for a partner that asked to wait. Its own word is honoured within reason. Where it gave none, or asks for the same
    /// again and again, the pause grows with the time that it has been going on, up to 10 min.
    /// </summary>
    /// <param name="asked">The partner's Retry-After; null: it gave none that makes sense.</param>
    /// <param name="age">Since the first attempt.</param>
    public static TimeSpan Deferral(TimeSpan? asked, TimeSpan age)
    {
        var own = Between(asked is null ? age : age / 4, LongestOwnPause);
        return asked is { } named && named > own
            ? Clamp(named) * (1 + 0.1 * Random.Shared.NextDouble()) : own * (1 + 0.2 * Random.Shared.NextDouble());
    }

    /// <summary>Never longer than 15 min, whatever was asked for: it may be wrong.</summary>
    public static TimeSpan Clamp(TimeSpan asked) => Between(asked, LongestDeferral);

    private static TimeSpan Between(TimeSpan pause, TimeSpan longest) =>
        pause < ShortestPause ? ShortestPause : pause > longest ? longest : pause;
}
