using System.Net.Sockets;
using System.Text;

namespace Storefront.Benchmarks.Pages;

/// <summary>Clients that each begin a form of 100 KB, send a byte of it now and then, and begin again when the shop hangs up.</summary>
internal sealed class SlowForms : IAsyncDisposable
{
    public const int Clients = 200;

    private const int Length = 100_000;
    private static readonly TimeSpan BetweenBytes = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource stop = new();
    private readonly Task[] clients;
    private int begun;

    private SlowForms(Uri shop) => clients = [.. Enumerable.Range(0, Clients).Select(_ => SendAsync(shop))];

    /// <summary>Comes back when each client has begun its first form.</summary>
    public static async Task<SlowForms> BeginAsync(Uri shop)
    {
        var forms = new SlowForms(shop);
        while (Volatile.Read(ref forms.begun) < Clients) await Task.Delay(10);
        return forms;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        stop.Dispose();
    }

    private async Task SendAsync(Uri shop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(shop.Host, shop.Port, stop.Token);
                await client.GetStream().WriteAsync(
                    Encoding.ASCII.GetBytes(
                        "POST /cart HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                        + $"Content-Length: {Length}\r\n\r\nsku={new string('x', Length / 2)}"), stop.Token);
                Interlocked.Increment(ref begun);
                while (true)
                {
                    await Task.Delay(BetweenBytes, stop.Token);
                    await client.GetStream().WriteAsync("x"u8.ToArray(), stop.Token);
                }
            }
            catch (Exception end) when (end is IOException or SocketException or OperationCanceledException)
            {
                // The shop has hung up, or this is over.
            }
        }
    }
}
