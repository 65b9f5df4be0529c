using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Web.Health;

/// <summary>How the latest call to each partner went; for one that was not called lately, whether it can be reached at all.</summary>
internal sealed class PartnersHealth(
    PartnerHealth health, PartnerGates gates, TimeProvider clock, EffectCatalogue effects, IConfiguration settings) : IHealthCheck
{
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var partners = effects.Present;
        var words = await Task.WhenAll(partners.Select(partner => AskAsync(partner, cancellationToken)));
        var troubled = words.Count(word => word != Fine);
        var data = partners.Zip(words).ToDictionary(pair => pair.First.Name, pair => (object)pair.Second);
        return troubled == 0
            ? HealthCheckResult.Healthy("All answer.", data)
            : HealthCheckResult.Degraded($"{troubled} of {partners.Count} in trouble.", data: data);
    }

    private const string Fine = "answers";

    private async Task<string> AskAsync(Partner partner, CancellationToken cancel)
    {
        if (gates.RowOf(partner.Name)?.Gate is { Position: not GateState.Open } gate)
            return $"down since {gate.Since:u}: {gate.Reason} Its deliveries wait.";
        if (gates.IsHeld(partner.Name)) return "paused by staff. Its deliveries wait.";
        if (health.LastCalls.TryGetValue(partner.Name, out var last) && clock.GetUtcNow() - last.At < Lately)
            return last.Failing ? "its latest call failed" : Fine;
        try
        {
            using var socket = new TcpClient();
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            soon.CancelAfter(TimeSpan.FromSeconds(1));
            var url = new Uri(settings[$"{partner.Section}:BaseUrl"]!);
            await socket.ConnectAsync(url.Host, url.Port, soon.Token);
            return Fine;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            return "cannot be reached";
        }
    }
}
