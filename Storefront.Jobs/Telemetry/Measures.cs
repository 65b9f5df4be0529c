using System.Diagnostics.Metrics;

namespace Storefront.Jobs.Telemetry;

/// <summary>Everything this program measures as it happens; what is read at intervals is in <c>Gauges</c>.</summary>
public static class Measures
{
    public const string Name = "Storefront";

    private static readonly Meter Meter = new(Name);

    /// <summary>By outcome: how long shoppers wait for the answer to "place my order".</summary>
    public static readonly Histogram<double> Checkout = Seconds("storefront.checkout.duration",
        "From the request for an order to its answer.");

    internal static readonly Histogram<double> Reserve = Seconds("storefront.inventory.reserve.duration",
        "Asking Inventory for an order's stock, all attempts of it.");
    internal static readonly Histogram<double> Job = Seconds("storefront.job.duration",
        "From the start of a job to its end, well or badly.");
    internal static readonly Histogram<double> JobWait = Seconds("storefront.job.wait", "From the time a job was due to its start.");
    internal static readonly Counter<long> Deliveries = Meter.CreateCounter<long>("storefront.deliveries", "{delivery}",
        "Attempts at deliveries, by the state they ended in.");
    internal static readonly Counter<long> Repairs = Meter.CreateCounter<long>("storefront.repairs", "{repair}",
        "What reconciliation found and mended, or left to a human.");

    internal static readonly Histogram<long> StorageBatch = Meter.CreateHistogram(
        "storefront.storage.batch", "{job}", "Jobs that share a round trip to the job storage.", tags: null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200] });

    private static Histogram<double> Seconds(string name, string description) => Meter.CreateHistogram(
        name, "s", description, tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
            300, 900] });
}
