namespace Storefront.Jobs.Queue.Gates;

/// <summary>How many requests a partner may get, from all processes together.</summary>
/// <param name="PerSecond">In any second. Greater than 0; 0.5 is one in two seconds.</param>
/// <param name="Burst">Requests that may follow each other at once after a quiet time; they come on top in that second. At least 1.</param>
public sealed record RateLimit(double PerSecond, int Burst = 1);

/// <summary>What a partner says with an answer about its own limit.</summary>
/// <param name="Limit">Requests in one of its windows; null: it does not say.</param>
/// <param name="Remaining">Requests left in this window.</param>
/// <param name="Reset">Until the next window begins; partners round it up to whole seconds.</param>
internal sealed record Quota(int? Limit, int Remaining, TimeSpan Reset)
{
    /// <summary>How long its windows are at least: the longest time to the next one that it has named.</summary>
    public TimeSpan Window { get; init; } = Reset;

    /// <summary>A window as long as our own: a steady pace keeps within it, and nobody has to stop when it is used up.</summary>
    public bool IsOfOneSecond => Window <= TimeSpan.FromSeconds(1);

    public bool IsHalfUsed => Remaining * 2 <= Limit;

    /// <summary>
    /// The pace at which the partner never has to refuse; null: there is none. A quota of a day may be used at once, and then it is over.
    /// </summary>
    public double? PerSecond =>
        Limit is not > 0 || Reset > TimeSpan.FromMinutes(1) ? null
        : IsOfOneSecond ? Limit : Math.Max(1, Remaining) / Reset.TotalSeconds;
}
