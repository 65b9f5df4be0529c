using Microsoft.Extensions.Diagnostics.HealthChecks;
using Storefront.Jobs.Hosting;

namespace Storefront.Web.Health;

/// <summary>Whether what repairs everything else does so, on whichever process.</summary>
internal sealed class ReconciliationHealth(ReconciliationWatch watch) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(watch.Overdue is { } silence
            ? HealthCheckResult.Degraded($"No successful run for {silence.TotalMinutes:0.0} minutes: differences are not repaired.")
            : HealthCheckResult.Healthy("Runs successfully."));
}
