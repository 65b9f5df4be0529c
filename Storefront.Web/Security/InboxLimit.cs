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

    /// <summary>Null: go on. Otherwise when to come back.</summary>
    public TimeSpan? TryTake(string email)
    {
        if (!options.Value.AreOn(environment)) return null;
        using var lease = limiter.AttemptAcquire(email);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromMinutes(1);
    }

    public void Dispose() => limiter.Dispose();
}
