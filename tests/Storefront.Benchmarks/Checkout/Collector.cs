using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Storefront.Benchmarks.Checkout;

/// <summary>Takes whatever is exported to it over OTLP, and forgets it.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication app;
    private long received;
    private long bytes;

    private Collector(WebApplication app) => this.app = app;

    public string Url => app.Urls.First();
    public long Received => received;
    public long Bytes => bytes;

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var collector = new Collector(builder.Build());
        collector.app.Run(collector.TakeAsync);
        await collector.app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        var buffer = new byte[64 * 1024];
        while (await http.Request.Body.ReadAsync(buffer) is > 0 and var count) Interlocked.Add(ref bytes, count);
        Interlocked.Increment(ref received);
    }
}
