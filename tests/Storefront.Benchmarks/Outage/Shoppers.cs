using System.Diagnostics;

namespace Storefront.Benchmarks.Outage;

/// <summary>Place orders at a steady rate, each when it is due and whether or not the one before it was answered.</summary>
internal sealed class Shoppers : IDisposable
{
    private readonly HttpClient http;
    private readonly CancellationTokenSource stop = new();
    private readonly List<double> times = [];
    private Exception? refused;

    public Shoppers(Uri shop, int perSecond)
    {
        http = new HttpClient { BaseAddress = shop };
        _ = PlaceAllAsync(TimeSpan.FromSeconds(1.0 / perSecond));
    }

    public void Forget()
    {
        lock (times) times.Clear();
    }

    /// <summary>Of an order's answer, in ms, since <see cref="Forget"/>. If one was refused, an exception.</summary>
    public double P99()
    {
        if (refused is not null) throw new InvalidOperationException("An order was refused.", refused);
        lock (times) return times.Order().ElementAt((int)(times.Count * 0.99));
    }

    public void Dispose()
    {
        stop.Cancel();
        stop.Dispose();
        http.Dispose();
    }

    private async Task PlaceAllAsync(TimeSpan every)
    {
        var stopped = stop.Token;
        using var timer = new PeriodicTimer(every);
        while (!stopped.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None)) _ = PlaceAsync(stopped);
    }

    private async Task PlaceAsync(CancellationToken stopped)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            await Shopper.PlaceAsync(http, "THING-1");
            lock (times) times.Add(watch.Elapsed.TotalMilliseconds);
        }
        catch (Exception failure) when (!stopped.IsCancellationRequested)
        {
            refused = failure;
        }
        catch (Exception end) when (end is OperationCanceledException or HttpRequestException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }
}
