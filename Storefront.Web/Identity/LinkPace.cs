using System.Threading.RateLimiting;

namespace Storefront.Web.Identity;

/// <summary>How often an address is sent a link, so that nobody can fill somebody's inbox. Each process counts for itself.</summary>
public sealed class LinkPace : IDisposable
{
    public const int Most = 3;

    private static readonly FixedWindowRateLimiterOptions Few = new() { PermitLimit = Most, Window = TimeSpan.FromMinutes(15),
        QueueLimit = 0 };

    private readonly PartitionedRateLimiter<string> limiter =
        PartitionedRateLimiter.Create<string, string>(
            address => RateLimitPartition.GetFixedWindowLimiter(address.ToUpperInvariant(), _ => Few));

    public bool Allows(string address)
    {
        using var lease = limiter.AttemptAcquire(address);
        return lease.IsAcquired;
    }

    public void Dispose() => limiter.Dispose();
}
