using Microsoft.Extensions.Diagnostics.HealthChecks;
using Storefront.Jobs.Hosting;

namespace Storefront.Web.Health;

/// <summary>Whether what repairs everything else does so, on whichever process.</summary>
internal sealed class ReconciliationHealth(ReconciliationWatch watch) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(watch.Overdue is { } silence
            ? HealthCheckResult.Degraded($"Has not come to its end for {silence.TotalMinutes:0.0} minutes: what drifts is not repaired.")
            : HealthCheckResult.Healthy("Comes to its end."));
}
