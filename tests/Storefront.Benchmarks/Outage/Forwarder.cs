using System.Net;
using System.Net.Sockets;

namespace Storefront.Benchmarks.Outage;

/// <summary>
/// Carries connections to another port on loopback, and can refuse them, as a machine does on which nothing listens.
/// </summary>
internal sealed class Forwarder : IDisposable
{
    // Keeps the port while nothing listens on it: otherwise another socket could get it.
    private readonly Socket keeper = Bound(0);
    private readonly HashSet<Socket> carried = [];
    private Socket? listener;

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)keeper.LocalEndPoint!).Port}");

    /// <summary>Where connections are carried to.</summary>
    public Uri? Target { get; set; }

    public void Accept()
    {
        if (listener is not null) return;
        listener = Bound(Url.Port);
        listener.Listen();
        _ = AcceptAsync(listener);
    }

    /// <summary>Ends those that are open, and refuses new ones.</summary>
    public void Refuse()
    {
        listener?.Dispose();
        listener = null;
        lock (carried)
            foreach (var client in carried) client.Close(timeout: 0);
    }

    public void Dispose()
    {
        Refuse();
        keeper.Dispose();
    }

    private static Socket Bound(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private async Task AcceptAsync(Socket on)
    {
        try
        {
            while (true) _ = CarryAsync(await on.AcceptAsync());
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // From now on, connections are refused.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        lock (carried) carried.Add(client);
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            client.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, Target!.Port);
            await await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // One of the two has closed its end, or connections are refused now.
        }
        finally
        {
            lock (carried) carried.Remove(client);
            client.Dispose();
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, SocketFlags.None) is > 0 and var count)
            await to.SendAsync(buffer.AsMemory(0, count), SocketFlags.None);
    }
}
