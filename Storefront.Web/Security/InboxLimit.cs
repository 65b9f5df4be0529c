using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Storefront.Web.Security;

/// <summary>
/// How many orders an hour one email address may have, so that nobody fills somebody else's inbox with mails of this shop. Each process
/// counts for itself.
/// </summary>
public sealed class InboxLimit(IOptions<RateLimitOptions> options, IHostEnvironment environment) : IDisposable
{
    private readonly PartitionedRateLimiter<string> placed = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetTokenBucketLimiter(
            address, _ => RateLimits.Per(TimeSpan.FromHours(1), options.Value.OrdersPerInboxPerHour)));

    private readonly Dictionary<string, int> underWay = [];

    /// <summary>
    /// To be disposed when it is known what has become of the order. Null: there is no limit. Those under way count as placed, or many at
    /// once would be more than many in turn.
    /// </summary>
    public Entry? Enter(string email)
    {
        if (!options.Value.AreOn(environment)) return null;
        var address = email.ToUpperInvariant();
        lock (underWay)
        {
            var others = underWay.GetValueOrDefault(address);
            underWay[address] = others + 1;
            return new(this, address, isFull: placed.GetStatistics(address)?.CurrentAvailablePermits <= others);
        }
    }

    public void Dispose() => placed.Dispose();

    private TimeSpan UntilNext => TimeSpan.FromHours(1) / options.Value.OrdersPerInboxPerHour;

    private void Leave(string address)
    {
        lock (underWay)
            if (--underWay[address] == 0) underWay.Remove(address);
    }

    /// <summary>A call that may place an order with this address. It is not counted if it comes to nothing and sends no mail.</summary>
    public sealed class Entry(InboxLimit limit, string address, bool isFull) : IDisposable
    {
        /// <summary>Null: go on. Otherwise when to come back.</summary>
        public TimeSpan? Wait => isFull ? limit.UntilNext : null;

        /// <summary>The order was written down, and sends a mail there.</summary>
        public void Count() => limit.placed.AttemptAcquire(address).Dispose();

        public void Dispose() => limit.Leave(address);
    }
}
