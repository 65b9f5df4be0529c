using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Hosting;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Web.Health;

/// <summary>
/// Whether this process, if it is to run jobs at all, has lately written a heartbeat to the database, and whether its jobs fail by
/// themselves.
/// </summary>
internal sealed class JobServerHealth(
    NpgsqlDataSource database, JobServer server, BrokenJobs broken, IOptions<JobsOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (options.Value.Workers == 0) return HealthCheckResult.Healthy("This process serves pages only.");
        try
        {
            if (await database.AskAsync(
                "select count(*) from hangfire.server where starts_with(id, $1) and lastheartbeat > now() - interval '1 minute'",
                [server.NamePrefix], cancellationToken) is not > 0L)
                return HealthCheckResult.Unhealthy("No heartbeat of this process's job servers for a minute.");
            return broken.Latest is { Count: > 0 } latest
                ? HealthCheckResult.Degraded($"Jobs fail, and no partner is the cause: {string.Join(", ", latest)}.")
                : HealthCheckResult.Healthy("Works jobs.");
        }
        catch (Exception fault) when (fault is NpgsqlException or OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The database that keeps the jobs does not answer.");
        }
    }
}
