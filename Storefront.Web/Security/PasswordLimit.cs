using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Storefront.Web.Security;

/// <summary>How often a password may be tried for one account, from however many addresses.</summary>
public sealed class PasswordLimit(IOptions<RateLimitOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<string> limiter = PartitionedRateLimiter.Create<string, string>(account =>
        RateLimitPartition.GetFixedWindowLimiter(account, _ => RateLimits.PerMinute(options.Value.PasswordsPerAccountPerMinute)));

    /// <summary>
    /// Null: go on. Otherwise when to come back. Counts addresses that nobody has here too, or it would tell who has an account.
    /// </summary>
    public TimeSpan? TryTake(string email)
    {
        if (options.Value.Enabled is false) return null;
        using var lease = limiter.AttemptAcquire(email.Trim().ToUpperInvariant());
        if (lease.IsAcquired) return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromMinutes(1);
    }

    public void Dispose() => limiter.Dispose();
}
