using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Storefront.Web.Database;

namespace Storefront.Web.Health;

/// <summary>Whether the database answers, takes writes, and has all that an order needs.</summary>
internal sealed class DatabaseHealth(NpgsqlDataSource database, SchemaState schema, TimeProvider clock) : IHealthCheck
{
    // A schema changes seldom, and a balancer asks every second.
    private static readonly TimeSpan Known = TimeSpan.FromSeconds(10);

    private DateTimeOffset completeUntil;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var ask = database.CreateCommand("select pg_is_in_recovery() or current_setting('transaction_read_only')::bool");
            if (await ask.ExecuteScalarAsync(cancellationToken) is not false)
                return HealthCheckResult.Unhealthy("The database takes no writes: it is a standby, or read-only.");
            if (clock.GetUtcNow() < completeUntil) return HealthCheckResult.Healthy("Takes writes.");
            if (await schema.FindMissingAsync(cancellationToken) is { Count: > 0 } missing)
                return HealthCheckResult.Unhealthy(string.Join(' ', missing));
            completeUntil = clock.GetUtcNow() + Known;
            return HealthCheckResult.Healthy("Takes writes.");
        }
        catch (Exception fault) when (fault is NpgsqlException or OperationCanceledException or InvalidOperationException)
        {
            return HealthCheckResult.Unhealthy("Does not answer.");
        }
    }
}
