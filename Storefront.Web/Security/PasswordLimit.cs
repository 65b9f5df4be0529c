using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Storefront.Web.Security;

/// <summary>How often one client may try a password for one account.</summary>
public sealed class PasswordLimit(IOptions<RateLimitOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<string> limiter = PartitionedRateLimiter.Create<string, string>(account =>
        RateLimitPartition.GetTokenBucketLimiter(account, _ => RateLimits.PerMinute(options.Value.PasswordsPerAccountPerMinute)));

    /// <summary>
    /// Null: go on. Otherwise when to come back. Counts addresses that nobody has here too, or it would tell who has an account.
    /// </summary>
    public TimeSpan? TryTake(string email, string client)
    {
        if (options.Value.Enabled is false) return null;
        using var lease = limiter.AttemptAcquire($"{email.Trim().ToUpperInvariant()} {client}");
        if (lease.IsAcquired) return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromMinutes(1);
    }

    public void Dispose() => limiter.Dispose();
}
