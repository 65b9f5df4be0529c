using System.Net;
using System.Net.Sockets;

namespace Storefront.Sandbox.Postgres;

/// <summary>A port that a server can use again after a restart.</summary>
internal static class ServerPort
{
    // Below the ephemeral ports: the system could give one of those to an outgoing connection while the server is down.
    private const int Lowest = 15_000, Highest = 32_000;

    public static int Free()
    {
        while (true)
            if (Random.Shared.Next(Lowest, Highest) is var port && IsFree(port)) return port;
    }

    public static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
