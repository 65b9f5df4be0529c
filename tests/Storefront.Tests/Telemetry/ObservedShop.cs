using Storefront.Tests.Support;
using Storefront.Web.Hosting;
using Microsoft.Extensions.Hosting;

namespace Storefront.Tests.Telemetry;

/// <summary>A shop that exports all it can: to a collector, and to Prometheus on a port of its own.</summary>
public class ObservedShop : Shop
{
    public Collector Collector { get; private set; } = null!;

    /// <summary>What Prometheus would read now.</summary>
    public async Task<string> MetricsAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(new Uri(Get<IEnumerable<IHostedService>>().OfType<MetricsEndpoint>().Single().Address!), "metrics"));
    }

    /// <summary>The spans of one trace, once the condition holds of them.</summary>
    public Task<List<Span>> TraceAsync(Guid order, Func<List<Span>, bool> condition, string because) => Eventually.Async(
        () =>
        {
            var trace = Collector.Spans.FirstOrDefault(span => span.Name == "checkout" && span.Tags.GetValueOrDefault("storefront.order.id") == order.ToString())?.Trace;
            return Task.FromResult(Collector.Spans.Where(span => span.Trace == trace).ToList());
        }, condition, because);

    protected override IEnumerable<(string Key, string Value)> Settings =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Collector.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500"), ("Telemetry:Prometheus:Url", "http://127.0.0.1:0"),
    ];

    public override async ValueTask InitializeAsync()
    {
        Collector = await Collector.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        if (Collector is not null) await Collector.DisposeAsync();
    }
}
