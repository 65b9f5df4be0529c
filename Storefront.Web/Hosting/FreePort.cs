using System.Net;
using System.Net.Sockets;
using Storefront.Web.Settings;

namespace Storefront.Web.Hosting;

internal static class FreePort
{
    /// <summary>
    /// Refuses a port that another program listens on, before anything is started. A port that is taken later, Kestrel refuses.
    /// </summary>
    public static void Demand(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var address = BindingAddress.Parse(url);
            if (address.Port == 0 || address.IsUnixPipe || address.IsNamedPipe) continue;
            var host = IPAddress.TryParse(address.Host.Trim('[', ']'), out var known) ? known
                : address.Host == "localhost" ? IPAddress.Loopback
                : IPAddress.Any;
            using var socket = new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(host, address.Port));
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                throw new SettingFault(
                    $"Another program already listens on {url}, perhaps another shop. Stop it, or choose another port with --urls.", taken);
            }
            catch (SocketException)
            {
                // Kestrel reports whatever else is wrong with the address.
            }
        }
    }
}
