using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Storefront.Tests.Support;
using Storefront.Web.Hosting;

namespace Storefront.Tests.Hosting;

/// <summary>Of two hosts in the connection string, the one that accepts writes is used soon after a failover.</summary>
public sealed class FailoverTests
{
    [Fact]
    public async Task After_a_failover_the_host_that_came_up_is_used_within_three_seconds()
    {
        await using var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "nothing");
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await using var first = new Way(server.Host!, server.Port);
        await using var second = new Way(server.Host!, server.Port);
        first.Open();
        server.Host = $"127.0.0.1:{second.Port},127.0.0.1:{first.Port}";
        server.Remove("Port");
        await using var shop = DatabaseRegistration.Open(server.ConnectionString);
        await AskAsync(shop); // The pool now knows that the second host is down.

        await first.CloseAsync();
        second.Open();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromMinutes(1))
        {
            try
            {
                await AskAsync(shop);
                break;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(3));
    }

    [Theory]
    [InlineData("Host=a", 30, 10, 1)]
    [InlineData("Host=a,b;Host Recheck Seconds=7;Maximum Pool Size=12;Timeout=3", 12, 3, 7)]
    public void Settings_in_the_connection_string_override_the_defaults(string given, int pool, int timeout, int recheck)
    {
        var settings = DatabaseRegistration.Bounded(given);
        settings.MaxPoolSize.ShouldBe(pool);
        settings.Timeout.ShouldBe(timeout);
        settings.HostRecheckSeconds.ShouldBe(recheck);
        (settings.ClientEncoding, settings.Timezone).ShouldBe(("UTF8", "UTC"));
    }

    private static async Task AskAsync(NpgsqlDataSource shop)
    {
        await using var ask = shop.CreateCommand("select 1");
        (await ask.ExecuteScalarAsync()).ShouldBe(1);
    }

    /// <summary>A port that forwards to the server while it is open. While it is closed, nobody listens on it.</summary>
    private sealed class Way : IAsyncDisposable
    {
        private readonly string host;
        private readonly int to;
        private readonly List<Socket> carried = [];
        private TcpListener? listener;

        public Way(string host, int to)
        {
            (this.host, this.to) = (host, to);
            var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            Port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
        }

        public int Port { get; }

        public void Open()
        {
            listener = new TcpListener(IPAddress.Loopback, Port);
            listener.Start();
            _ = AcceptAsync(listener);
        }

        public Task CloseAsync()
        {
            listener?.Stop();
            lock (carried)
                foreach (var socket in carried) socket.Close(timeout: 0);
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync() => await CloseAsync();

        private async Task AcceptAsync(TcpListener open)
        {
            try
            {
                while (true)
                {
                    var client = await open.AcceptSocketAsync();
                    var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await server.ConnectAsync(host, to);
                    lock (carried) carried.AddRange([client, server]);
                    _ = CarryAsync(client, server);
                    _ = CarryAsync(server, client);
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The test has closed the listener.
            }
        }

        private static async Task CarryAsync(Socket from, Socket to)
        {
            try
            {
                await using var source = new NetworkStream(from);
                await using var target = new NetworkStream(to);
                await source.CopyToAsync(target);
                to.Close(timeout: 0);
            }
            catch (Exception closed) when (closed is SocketException or IOException or ObjectDisposedException)
            {
                // The test has closed the connection.
            }
        }
    }
}
