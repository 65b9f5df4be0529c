using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.BackOffice;

/// <summary>Looks at the switches once a second and does here what they say about circuits.</summary>
internal sealed class SwitchWatch(
    Switches switches, Circuits circuits, TimeProvider clock, ILogger<SwitchWatch> log) : BackgroundService
{
    private const string CircuitPrefix = "circuit/";

    private readonly Dictionary<string, DateTimeOffset> done = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        do
        {
            try
            {
                await ObeyAsync(stoppingToken);
            }
            catch (Exception outage) when (outage is NpgsqlException or TimeoutException && !stoppingToken.IsCancellationRequested)
            {
                // What was seen last stays in force.
                log.SwitchesNotSeen(outage);
            }
        }
        while (await second.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ObeyAsync(CancellationToken cancel)
    {
        foreach (var (target, one) in await switches.LookAsync(cancel))
        {
            if (!target.StartsWith(CircuitPrefix, StringComparison.Ordinal) || done.GetValueOrDefault(target) == one.At) continue;
            var partner = target[CircuitPrefix.Length..];
            if (one.Holds) await circuits.HoldOpenAsync(partner, cancel);
            else await circuits.CloseAsync(partner, cancel);
            done[target] = one.At;
        }
    }
}
