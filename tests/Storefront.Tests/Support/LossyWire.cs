using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Storefront.Tests.Support;

/// <summary>Which message is lost.</summary>
public enum Lost
{
    /// <summary>The answer is lost: the server has carried the statement out.</summary>
    Answer,

    /// <summary>The request is lost: the server never gets the statement.</summary>
    Request,
}

/// <summary>A proxy to Postgres that breaks the connection once, at a chosen statement.</summary>
public sealed class LossyWire : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly string host;
    private readonly int port;
    private readonly TaskCompletionSource forever = new();
    private Trap? trap;
    private volatile bool silent;

    public LossyWire(string connectionString)
    {
        var direct = new NpgsqlConnectionStringBuilder(connectionString);
        (host, port) = (direct.Host!, direct.Port);
        listener.Start();
        // Statements are not prepared, so their text is on the wire each time.
        Database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            SslMode = SslMode.Disable,
            MaxAutoPrepare = 0,
        });
        _ = AcceptAsync();
    }

    /// <summary>Connections to the same database through this proxy.</summary>
    public NpgsqlDataSource Database { get; }

    /// <summary>How often the connection was broken.</summary>
    public int Breaks { get; private set; }

    /// <param name="words">A part of the statement that breaks the connection the next time it is sent.</param>
    /// <param name="meanwhile">Runs before the sender learns that.</param>
    public void Lose(Lost what, string words, Func<Task>? meanwhile = null) => trap = new(what, Encoding.ASCII.GetBytes(words), meanwhile);

    /// <summary>From now on nothing is forwarded and no connection is closed, as after a power cut at the other end.</summary>
    public void FallSilent() => silent = true;

    /// <summary>New traffic is forwarded again. What was sent before is lost with its connections.</summary>
    public void Speak() => silent = false;

    public async ValueTask DisposeAsync()
    {
        forever.TrySetResult();
        await Database.DisposeAsync();
        listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = CarryAsync(await listener.AcceptSocketAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            await server.ConnectAsync(host, port);
            var sprung = new TaskCompletionSource<Trap>();
            await Task.WhenAny(RequestsAsync(client, server, sprung), AnswersAsync(server, client, sprung.Task));
            client.Close(timeout: 0); // This is a reset, and not an orderly end.
        }
    }

    private async Task RequestsAsync(Socket client, Socket server, TaskCompletionSource<Trap> sprung)
    {
        var buffer = new byte[64 * 1024];
        while (await ReceiveAsync(client, buffer) is > 0 and var count)
        {
            if (trap is { } set && buffer.AsSpan(0, count).IndexOf(set.Words) >= 0)
            {
                trap = null;
                Breaks++;
                if (set.What == Lost.Request)
                {
                    await set.SpringAsync();
                    return;
                }

                sprung.SetResult(set);
            }

            if (silent) await forever.Task;
            await server.SendAsync(buffer.AsMemory(0, count));
        }
    }

    private async Task AnswersAsync(Socket server, Socket client, Task<Trap> sprung)
    {
        var buffer = new byte[64 * 1024];
        while (await ReceiveAsync(server, buffer) is > 0 and var count)
        {
            if (sprung.IsCompleted)
            {
                await (await sprung).SpringAsync();
                return;
            }

            if (silent) await forever.Task;
            await client.SendAsync(buffer.AsMemory(0, count));
        }
    }

    private static async Task<int> ReceiveAsync(Socket from, byte[] buffer)
    {
        try
        {
            return await from.ReceiveAsync(buffer);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }

    private sealed record Trap(Lost What, byte[] Words, Func<Task>? Meanwhile)
    {
        public Task SpringAsync() => Meanwhile?.Invoke() ?? Task.CompletedTask;
    }
}
