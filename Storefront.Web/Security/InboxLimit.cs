using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Storefront.Web.Security;

/// <summary>
/// How many orders an hour one email address may have, so that nobody fills somebody else's inbox with mails of this shop. Each process
/// counts for itself.
/// </summary>
public sealed class InboxLimit(IOptions<RateLimitOptions> options, IHostEnvironment environment) : IDisposable
{
    private readonly PartitionedRateLimiter<string> limiter = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetTokenBucketLimiter(
            address.ToUpperInvariant(), _ => RateLimits.Per(TimeSpan.FromHours(1), options.Value.OrdersPerInboxPerHour)));

    /// <summary>Null: go on. Otherwise when to come back. Nothing is counted: a call that comes to nothing sends no mail.</summary>
    public TimeSpan? WaitOf(string email) =>
        options.Value.AreOn(environment) && limiter.GetStatistics(email) is { CurrentAvailablePermits: 0 }
            ? TimeSpan.FromHours(1) / options.Value.OrdersPerInboxPerHour : null;

    /// <summary>An order was written down, and sends a mail there.</summary>
    public void Count(string email)
    {
        if (options.Value.AreOn(environment)) limiter.AttemptAcquire(email).Dispose();
    }

    public void Dispose() => limiter.Dispose();
}
