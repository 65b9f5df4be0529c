using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Hosting;

/// <summary>
/// What stands, as against what happens. The database is asked every few seconds and not at each scrape, however many scrape; while it does
/// not answer, what it would say is missing. Every node tells the same of it: take the maximum over nodes, not the sum.
/// </summary>
public sealed class Gauges : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Meter meter = new(Measures.Name);
    private readonly Backlog backlog;
    private readonly TimeProvider clock;
    private IReadOnlyList<Backlog.QueueDepth> queues = [];
    private Backlog.Troubled? deliveries;

    public Gauges(
        Backlog backlog, Circuits circuits, PartnerGates gates, Switches switches, EffectCatalogue effects,
        ReconciliationWatch reconciliation, TimeProvider clock)
    {
        (this.backlog, this.clock) = (backlog, clock);
        meter.CreateObservableGauge("storefront.queue.depth", () => queues.Select(queue => Of(queue.Waiting, Tags.Queue, queue.Name)),
            "{job}", "Jobs that are due and that no worker has taken yet.");
        meter.CreateObservableGauge("storefront.queue.age", () => queues.Select(queue => Of(Age(queue), Tags.Queue, queue.Name)),
            "s", "How long the oldest of them has been waiting.");
        meter.CreateObservableGauge("storefront.deliveries.troubled", Troubled,
            "{delivery}", "Deliveries that are dead and wait for a human, and those that failed and are tried again.");
        meter.CreateObservableGauge("storefront.circuit.state", () => circuits.All.Select(circuit =>
                new Measurement<int>(Degree(circuit.Position), new(Tags.Partner, circuit.Partner), new(Tags.Endpoint, circuit.Endpoint))),
            "{state}", "Of each circuit of this process: 0 closed, 1 half-open, 2 open, 3 held open by hand.");
        meter.CreateObservableGauge("storefront.gate.state", () => effects.Present.Select(partner => Of(
                (int)(gates.RowOf(partner.Name)?.Gate?.Position ?? GateState.Open), Tags.Partner, partner.Name)),
            "{state}", "Of each partner's gate, in the whole fleet: 0 open, 1 half-open, 2 closed.");
        meter.CreateObservableGauge("storefront.hold.age", () => HoldAge(switches),
            "s", "How long the oldest pause or stop by hand has lasted; 0 while there is none.");
        meter.CreateObservableGauge("storefront.reconciliation.age", () => reconciliation.Age.TotalSeconds,
            "s", "Since reconciliation last came to its end, on whichever node.");
    }

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                (queues, deliveries) = (await backlog.QueuesAsync(stoppingToken), await backlog.TroubledAsync(stoppingToken));
            }
            catch (Exception outage) when (outage is NpgsqlException or TimeoutException)
            {
                (queues, deliveries) = ([], null);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<long>> Troubled() => deliveries is { } known
        ? [Of(known.Dead, Tags.State, "dead"), Of(known.Retrying, Tags.State, "retrying")]
        : [];

    private double Age(Backlog.QueueDepth queue) =>
        queue.WaitingSince is { } since ? Math.Max(0, (clock.GetUtcNow() - since).TotalSeconds) : 0;

    private double HoldAge(Switches switches) => switches.Seen.Values.Where(hold => hold.Holds)
        .Select(hold => Math.Max(0, (clock.GetUtcNow() - hold.At).TotalSeconds)).DefaultIfEmpty(0).Max();

    private static int Degree(string position) => position switch { "closed" => 0, "half-open" => 1, "open" => 2, _ => 3 };

    private static Measurement<T> Of<T>(T value, string tag, string name) where T : struct =>
        new(value, new KeyValuePair<string, object?>(tag, name));
}
