using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace Storefront.Web.Telemetry;

/// <summary>
/// <c>/metrics</c> on a listener that has nothing else: no rule of the shop's pages has to keep the world away from it. Where its port is
/// taken, by another process of this shop say, this one sells without being measured.
/// </summary>
internal sealed class MetricsEndpoint(IOptions<PrometheusOptions> options, MeterProvider meters, ILogger<MetricsEndpoint> log)
    : IHostedService
{
    private WebApplication? app;

    /// <summary>Where it listens; null: it does not.</summary>
    public string? Address { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(options.Value.Url);
        app = builder.Build();
        app.UseOpenTelemetryPrometheusScrapingEndpoint(meters, predicate: null, path: "/metrics", configureBranchedPipeline: null,
            optionsName: null);
        try
        {
            await app.StartAsync(cancellationToken);
            Address = app.Urls.First();
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            log.NotMeasured(options.Value.Url);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (app is not null) await app.DisposeAsync();
    }
}
