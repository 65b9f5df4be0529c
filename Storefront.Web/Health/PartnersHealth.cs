using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Analytics;
using Storefront.Jobs.Email;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Partners;

namespace Storefront.Web.Health;

/// <summary>How the latest call to each partner went; for one that was not called lately, whether it can be reached at all.</summary>
internal sealed class PartnersHealth(
    PartnerPulse pulse, TimeProvider clock, IOptions<InventoryOptions> inventory, IOptions<EmailOptions> email, IOptions<AnalyticsOptions> analytics) : IHealthCheck
{
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        PartnerOptions[] partners = [inventory.Value, email.Value, analytics.Value];
        string[] names = ["Inventory", "Email", "Analytics"];
        var words = await Task.WhenAll(names.Zip(partners, (name, options) => AskAsync(name, options, cancellationToken)));
        var troubled = words.Count(word => word != Fine);
        var data = names.Zip(words).ToDictionary(pair => pair.First, pair => (object)pair.Second);
        return troubled == 0
            ? HealthCheckResult.Healthy("All answer.", data)
            : HealthCheckResult.Degraded($"{troubled} of {names.Length} in trouble.", data: data);
    }

    private const string Fine = "answers";

    private async Task<string> AskAsync(string name, PartnerOptions options, CancellationToken cancel)
    {
        if (pulse.Beats.TryGetValue(name, out var beat) && clock.GetUtcNow() - beat.At < Lately)
            return beat.Failing ? "its latest call failed" : Fine;
        try
        {
            using var socket = new TcpClient();
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            soon.CancelAfter(TimeSpan.FromSeconds(1));
            var url = new Uri(options.BaseUrl);
            await socket.ConnectAsync(url.Host, url.Port, soon.Token);
            return Fine;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            return "cannot be reached";
        }
    }
}
