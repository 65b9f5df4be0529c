using System.ComponentModel.DataAnnotations;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Storefront.Jobs.Hosting;
using Storefront.Jobs.Settings;
using Storefront.Jobs.Telemetry;

namespace Storefront.Web.Telemetry;

internal static class TelemetryRegistration
{
    // .NET and Npgsql measure by OpenTelemetry's conventions themselves.
    private static readonly string[] Meters =
        [Measures.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime",
            "Npgsql"];

    /// <summary>
    /// Traces, measurements and log to whoever OpenTelemetry's own environment variables name, and measurements to Prometheus on an address
    /// of their own. What nobody asked for is not collected.
    /// </summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        // Its scope puts the path of the request into each line, and the path of an order's page is the key to it.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        RequestActivities.Begin();
        if (builder.Environment.IsProduction())
            builder.Logging.AddJsonConsole(json => (json.IncludeScopes, json.UseUtcTimestamp, json.TimestampFormat) = (true, true, "O"));

        builder.Services.AddChecked<PrometheusOptions>("Telemetry:Prometheus");
        var prometheus = !string.IsNullOrWhiteSpace(builder.Configuration["Telemetry:Prometheus:Url"]);
        var telemetry = builder.Services.AddOpenTelemetry()
            // OTEL_SERVICE_NAME has the last word.
            .ConfigureResource(resource => resource.AddService("storefront").AddEnvironmentVariableDetector());
        if (IsSent("TRACES"))
            telemetry.WithTracing(traces => traces
                .AddSource(Spans.Source, "System.Net.Http")
                .AddAspNetCoreInstrumentation(pages => pages.Filter = http => IsWorthATrace(http.Request.Path))
                .AddProcessor(new NoKeysInTraces())
                .AddOtlpExporter());
        if (IsSent("LOGS"))
            telemetry.WithLogging(logs => logs.AddOtlpExporter(), log => (log.IncludeScopes, log.IncludeFormattedMessage) = (true, true));
        if (prometheus || IsSent("METRICS"))
        {
            telemetry.WithMetrics(meters =>
            {
                meters.AddMeter(Meters);
                if (prometheus) meters.AddPrometheusExporter();
                if (IsSent("METRICS")) meters.AddOtlpExporter();
            });
            builder.Services.AddHostedService<Gauges>();
        }

        if (prometheus) builder.Services.AddHostedService<MetricsEndpoint>();

        bool IsSent(string signal) =>
            new[] { "OTEL_EXPORTER_OTLP_ENDPOINT", $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT" }.Any(
                name => !string.IsNullOrWhiteSpace(builder.Configuration[name]));
    }

    // Those who look every few seconds whether it lives, and the files of a page, are not what anybody looks for.
    private static bool IsWorthATrace(PathString path) => !path.StartsWithSegments("/health") && !Path.HasExtension(path);
}

/// <summary>Section <c>Telemetry:Prometheus</c>.</summary>
internal sealed class PrometheusOptions : IValidatableObject
{
    /// <summary>
    /// Where <c>/metrics</c> is served, apart from the shop, so that no proxy in front of the shop shows it. Empty: nowhere. Default
    /// <c>http://127.0.0.1:5082</c>.
    /// </summary>
    public string Url { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url.Length > 0 && (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != "http" || url.AbsolutePath != "/"))
            yield return new($"is \"{Url}\", which is no address to listen on: give one like http://127.0.0.1:5082, or nothing.",
                [nameof(Url)]);
    }
}
