using System.Net;
using System.Net.Sockets;

namespace Storefront.Web.Hosting;

internal static class FreePort
{
    /// <summary>Refuses a port that somebody listens on, before anything is started for a shop that could not open. A port that is taken later is Kestrel's to refuse.</summary>
    public static void Demand(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var address = BindingAddress.Parse(url);
            if (address.Port == 0 || address.IsUnixPipe || address.IsNamedPipe) continue;
            var host = IPAddress.TryParse(address.Host.Trim('[', ']'), out var known) ? known : address.Host == "localhost" ? IPAddress.Loopback : IPAddress.Any;
            using var socket = new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(host, address.Port));
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                throw new SettingFault($"Somebody listens on {url} already, another shop perhaps. Stop what listens there, or choose another port with --urls.", taken);
            }
            catch (SocketException)
            {
                // Whatever else is wrong with the address, Kestrel says.
            }
        }
    }
}
