using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Storefront.Web.Security;

/// <summary>
/// How many connections one address may hold at a time, whatever it sends over them. The shop's own proxies hold those of everybody, and
/// limit them themselves.
/// </summary>
internal sealed class ConnectionLimit(IOptions<RateLimitOptions> limits, IOptions<ProxyOptions> proxies, IHostEnvironment environment)
{
    /// <summary>Of all addresses together. Those who follow an order hold one each.</summary>
    public const int MostInAll = 10_000;

    private readonly Dictionary<string, int> open = [];

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

        var by = AskedFor.By(address);
        if (!TryAdd(by))
        {
            connection.Abort();
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Remove(by);
        }
    }

    private bool TryAdd(string by)
    {
        lock (open)
        {
            var held = open.GetValueOrDefault(by);
            if (held >= limits.Value.ConnectionsPerAddress) return false;
            open[by] = held + 1;
            return true;
        }
    }

    private void Remove(string by)
    {
        lock (open)
            if (--open[by] == 0) open.Remove(by);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
