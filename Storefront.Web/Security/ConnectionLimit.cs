using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Storefront.Web.Security;

/// <summary>
/// How many connections one address may hold at a time, whatever it sends over them. The shop's own proxies hold those of everybody, and
/// limit them themselves.
/// </summary>
internal sealed class ConnectionLimit(IOptions<RateLimitOptions> limits, IOptions<ProxyOptions> proxies, IHostEnvironment environment)
    : IDisposable
{
    /// <summary>Of all addresses together. Those who follow an order hold one each.</summary>
    public const int MostInAll = 10_000;

    private readonly PartitionedRateLimiter<string> open = PartitionedRateLimiter.Create<string, string>(
        by => RateLimitPartition.GetConcurrencyLimiter(by, _ => new() { PermitLimit = limits.Value.ConnectionsPerAddress }));

    public void Dispose() => open.Dispose();

    public static void Use(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxConcurrentConnections = MostInAll;
        var limit = kestrel.ApplicationServices.GetRequiredService<ConnectionLimit>();
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection => limit.HoldAsync(connection, next)));
    }

    private async Task HoldAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        if (address is null || !limits.Value.AreOn(environment) || proxies.Value.Networks.Any(network => network.Contains(Plain(address))))
        {
            await next(connection);
            return;
        }

        using var lease = open.AttemptAcquire(AskedFor.By(address));
        if (lease.IsAcquired) await next(connection);
        else connection.Abort();
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
