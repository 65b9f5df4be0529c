using System.Collections.Concurrent;
using Hangfire;
using Hangfire.Common;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Orders;

/// <summary>
/// Jobs that failed although no partner and no outage is to blame: a bug, or a service that was never registered. They are retried like all
/// others, and meanwhile people learn of it: in the log, in health, on the order's page and by an alert.
/// </summary>
public sealed class BrokenJobs(
    NpgsqlDataSource database, EffectCatalogue effects, IAlarm alarm, TimeProvider clock, ILogger<BrokenJobs> log)
{
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, string What)> latest = new();

    /// <summary>What broke in this process within the last ten minutes, as <c>job: exception</c>.</summary>
    public IReadOnlyList<string> Latest =>
    [
        .. latest.Where(broken => clock.GetUtcNow() - broken.Value.At < Lately)
            .OrderBy(broken => broken.Key).Select(broken => $"{broken.Key}: {broken.Value.What}"),
    ];

    /// <summary>Called by a worker, which has nothing else to do meanwhile.</summary>
    /// <param name="after">Until it is tried again.</param>
    internal void Note(BackgroundJob job, Exception thrown, int attempt, TimeSpan after)
    {
        if (IsOutage(thrown) || job.Job is not { } call) return;
        var name = call.Type.Name;
        log.JobBroken(thrown, name, job.Id);
        latest[name] = (clock.GetUtcNow(), thrown.GetType().Name);
        try
        {
            WriteDown(call, $"{thrown.GetType().Name} in {name}: a bug of ours, and not the partner's.", attempt, after);
        }
        catch (NpgsqlException)
        {
            // The log has it already, and the next attempt writes it into the ledger.
        }

        alarm.RaiseAsync(
            AlertKind.JobsFailing, $"{name} threw {thrown.GetType().Name} in job {job.Id}, for which no partner is to blame.")
            .GetAwaiter().GetResult();
    }

    // The effect's own words come first: a job that got as far as its partner has written down what became of it.
    private void WriteDown(Job call, string why, int attempt, TimeSpan after)
    {
        if (effects.OfJob(call.Type) is not { } effect || call.Args is not [Guid order, ..])
            return;
        using var write = database.Query("""
            update orders.deliveries set last_error = $3, attempts = greatest(attempts, $4), next_attempt_at = now() + $5
            where order_id = $1 and effect = $2 and state = 'pending'
            """, order, effect.Name, why, attempt, after);
        write.ExecuteNonQuery();
    }

    // Somebody else was quicker, or the database was away: nothing of ours is broken.
    private static bool IsOutage(Exception? thrown)
    {
        for (; thrown is not null; thrown = thrown.InnerException)
            if (thrown is LeaseLostException or DistributedLockTimeoutException or NpgsqlException { IsTransient: true }
                || thrown is PostgresException && PostgresFaults.IsOutage(thrown))
                return true;
        return false;
    }
}
