using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Storefront.Web.Health;

internal sealed class DatabaseHealth(NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var ask = database.CreateCommand("select pg_is_in_recovery()");
            return await ask.ExecuteScalarAsync(cancellationToken) is false
                ? HealthCheckResult.Healthy("Takes writes.")
                : HealthCheckResult.Unhealthy("Is a standby, which takes no writes.");
        }
        catch (Exception fault) when (fault is NpgsqlException or OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("Does not answer.");
        }
    }
}
