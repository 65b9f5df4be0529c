using System.Net;
using System.Net.Sockets;

namespace Storefront.Fault.Tests.Rig;

/// <summary>The fault of a connection.</summary>
internal enum Wire
{
    Fine,

    /// <summary>Everything comes late, both ways.</summary>
    Slow,

    /// <summary>Connections open, and nothing is forwarded any more.</summary>
    Blackhole,

    /// <summary>New connections are refused with a reset, and open ones are reset.</summary>
    Reset,

    /// <summary>After some bytes of an answer the connection is reset: half of it has arrived.</summary>
    CutAnswer,

    /// <summary>What is sent arrives; instead of the answer the connection is reset.</summary>
    DropAnswer,
}

/// <summary>A TCP proxy on loopback with faults. A change of <see cref="Wire"/> affects open connections too.</summary>
internal sealed class FaultProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly int target;
    private readonly WireCalls? calls;
    private volatile Setting setting = new(Wire.Fine, TimeSpan.Zero, long.MaxValue, 1);

    /// <param name="target">A port on loopback.</param>
    /// <param name="calls">Where the calls are written down; null: nowhere.</param>
    public FaultProxy(int target, WireCalls? calls = null)
    {
        (this.target, this.calls) = (target, calls);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Empty where none are written down.</summary>
    public IReadOnlyList<WireCall> CallsSince(DateTimeOffset time) => calls?.Since(time) ?? [];

    /// <param name="delay">Of each piece, when <see cref="Wire.Slow"/>.</param>
    /// <param name="bytes">Of an answer that still come through, when <see cref="Wire.CutAnswer"/>.</param>
    /// <param name="share">Of the connections it is for, 0 to 1.</param>
    public void Set(Wire wire, TimeSpan delay = default, long bytes = 0, double share = 1)
    {
        var before = Interlocked.Exchange(ref setting!, new(wire, delay, bytes, share));
        before.Replaced.Cancel();
    }

    public void Dispose()
    {
        closing.Cancel();
        listener.Stop();
        Set(Wire.Reset);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = CarryAsync(await listener.AcceptSocketAsync(closing.Token));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            client.NoDelay = true;
            var call = calls?.Open();
            try
            {
                var luck = Random.Shared.NextDouble();
                // What is reset at once was a call nevertheless.
                if (setting.For(luck).Wire == Wire.Reset) call?.Asked();
                await server.ConnectAsync(IPAddress.Loopback, target);
                Task<bool>[] both =
                    [PumpAsync(client, server, luck, call, answers: false), PumpAsync(server, client, luck, call, answers: true)];
                // An orderly end of one direction is passed on. The other direction goes on to its own end.
                if (await await Task.WhenAny(both) && (await Task.WhenAll(both)).All(orderly => orderly)) return;
            }
            catch (SocketException)
            {
                // The target does not answer, so the client gets a reset, as it would without this proxy.
            }

            call?.Ended();
            Break(client);
            Break(server);
        }
    }

    /// <returns>Whether it came to an orderly end.</returns>
    private async Task<bool> PumpAsync(Socket from, Socket to, double luck, WireCalls.Connection? call, bool answers)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (long passed = 0; ;)
            {
                var (count, now) = await ReceiveAsync(from, buffer, luck);
                if (answers || count == 0) call?.Ended();
                else call?.Asked();
                if (count == 0 && now.Wire is Wire.Fine or Wire.Slow)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return true;
                }

                if (count == 0 || answers && now.Wire == Wire.DropAnswer) return false;
                if (answers && now.Wire == Wire.CutAnswer) count = (int)Math.Min(count, now.Bytes - passed);
                if (now.Wire == Wire.Slow) await Task.Delay(now.Delay);
                if (count > 0) await to.SendAsync(buffer.AsMemory(0, count));
                passed += count;
                if (now.Wire == Wire.CutAnswer && answers && passed >= now.Bytes) return false;
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            call?.Ended();
            return false;
        }
    }

    /// <summary>What has arrived, and the setting that applies to it. The count is 0 if the connection is to be reset.</summary>
    private async Task<(int Count, Setting Now)> ReceiveAsync(Socket from, byte[] buffer, double luck)
    {
        while (true)
        {
            var now = setting.For(luck);
            if (now.Wire == Wire.Reset) return (0, now);
            try
            {
                // A black hole reads nothing, so nothing is acknowledged, and nothing is lost when it closes.
                if (now.Wire == Wire.Blackhole) await Task.Delay(Timeout.Infinite, now.Replaced.Token);
                var count = await from.ReceiveAsync(buffer, SocketFlags.None, now.Replaced.Token);
                return (count, setting.For(luck) is { Wire: not Wire.Blackhole } later ? later : now);
            }
            catch (OperationCanceledException)
            {
                // The next loop uses the new setting.
            }
        }
    }

    // This is a reset and not an orderly end: what was not delivered is lost, and the peer learns that.
    private static void Break(Socket socket) => socket.Close(timeout: 0);

    private sealed record Setting(Wire Wire, TimeSpan Delay, long Bytes, double Share)
    {
        public CancellationTokenSource Replaced { get; private init; } = new();

        public Setting For(double luck) => luck < Share ? this : this with { Wire = Wire.Fine };
    }
}
