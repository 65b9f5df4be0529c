using System.Net;
using Hangfire;
using Microsoft.Extensions.Hosting;
using Storefront.Jobs.BackOffice;
using Storefront.Tests.Support;
using Storefront.Web.Telemetry;

namespace Storefront.Tests.Telemetry;

/// <summary>A shop that exports everything, to a collector and to Prometheus on a port of its own.</summary>
public class ObservedShop : Shop
{
    public Collector Collector { get; private set; } = null!;

    /// <summary>The address that Prometheus reads.</summary>
    public Uri MetricsUrl => new(new Uri(Get<IEnumerable<IHostedService>>().OfType<MetricsEndpoint>().Single().Address!), "metrics");

    public async Task<string> MetricsAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(MetricsUrl);
    }

    /// <summary>
    /// Makes each metric have a value: an order that succeeds, one while Inventory is unreachable, a mail that is refused, and a
    /// repair.
    /// </summary>
    public async Task WorkAsync()
    {
        await Partners.SetStockAsync(Goods.Mug, 1000);
        var order = await PlaceAsync("delivered");
        await ExecuteAsync($"""
            update orders.deliveries set state = 'pending', job_id = null, due_at = now() - interval '1 minute'
            where order_id = '{order}' and effect = 'order-placed-event'
            """);
        Get<IRecurringJobManager>().Trigger("reconcile-orders");
        await Http.UntilAsync(order, placed => placed.Delivery("order-placed-event") == "delivered", "the repair was delivered");

        await Partners.BreakAsync("email", new { status = 422 });
        await PlaceAsync("dead");
        await Partners.HealAsync();

        await CircuitAsync(Switches.Open, HttpStatusCode.ServiceUnavailable);
        await CircuitAsync(Switches.Closed, HttpStatusCode.Created);
    }

    /// <summary>Holds the circuit to Inventory open, or closes it again; returns when shoppers notice.</summary>
    public async Task CircuitAsync(string position, HttpStatusCode noticed)
    {
        await Get<Switches>().SetAsync(Switches.Circuit("Inventory"), position, "a test", "to see", CancellationToken.None);
        await Eventually.Async(() => Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1))), answer => answer.StatusCode == noticed,
            $"the circuit is {position}");
    }

    private async Task<Guid> PlaceAsync(string mail)
    {
        var id = (await (await Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).JsonAsync()).Id();
        await Http.UntilAsync(id,
            order => order.Delivery("order-confirmation") == mail && order.Delivery("order-placed-event") == "delivered",
            $"the mail is {mail}");
        return id;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The spans of one trace, once the condition holds of them.</summary>
    public Task<List<Span>> TraceAsync(Guid order, Func<List<Span>, bool> condition, string because) => Eventually.Async(
        () =>
        {
            var trace =
                Collector.Spans.FirstOrDefault(
                    span => span.Name == "checkout" && span.Tags.GetValueOrDefault("storefront.order.id") == order.ToString())?.Trace;
            return Task.FromResult(Collector.Spans.Where(span => span.Trace == trace).ToList());
        }, condition, because);

    protected override IEnumerable<(string Key, string Value)> Settings =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Collector.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
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
