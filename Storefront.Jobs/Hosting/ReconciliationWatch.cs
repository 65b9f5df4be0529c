using Hangfire;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Reconciliation;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Hosting;

/// <summary>
/// Notices when reconciliation itself stands still. It stands outside of Hangfire, since what keeps jobs from running keeps
/// reconciliation from saying so; every process watches, also one that works no jobs.
/// </summary>
public sealed class ReconciliationWatch(
    NpgsqlDataSource database, IRecurringJobManager recurring, IOptions<JobsOptions> options, TimeProvider clock, IAlarm alarm,
    ILogger<ReconciliationWatch> log) : BackgroundService
{
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(15);

    private readonly TimeSpan late = TimeSpan.FromMinutes(options.Value.ReconciliationLateAfterMinutes);

    // As if it had just succeeded: a process that starts gives reconciliation the same time as any other.
    private long heard = clock.GetTimestamp();

    private bool isTold;

    /// <summary>How long reconciliation has not come to its end, where that is too long; null: all is well.</summary>
    public TimeSpan? Overdue { get; private set; }

    /// <summary>Since its last success, or since this process began.</summary>
    public TimeSpan Age => clock.GetElapsedTime(heard);

    internal async Task LookAsync(CancellationToken cancel)
    {
        heard = Math.Max(heard, await LastRoundAsync(cancel));
        var silence = clock.GetElapsedTime(heard);
        var was = Overdue;
        Overdue = silence > late ? silence : null;

        if (was is null && Overdue is not null)
        {
            log.ReconciliationStandsStill(silence.TotalMinutes);
            Reschedule();
        }
        else if (was is { } before && Overdue is null) log.ReconciliationGoesOn(before.TotalMinutes);

        isTold = Overdue is not null && (isTold || await alarm.RaiseAsync(AlertKind.ReconciliationStale,
            $"Reconciliation has not come to its end for {silence.TotalMinutes:0.0} minutes: what drifts is not repaired."));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = late / 4;
        using var timer = new PeriodicTimer(interval < LongestInterval ? interval : LongestInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
    }

    // The database says how long ago, in its own time; a database that says nothing has not heard of a success either.
    private async Task<long> LastRoundAsync(CancellationToken cancel)
    {
        try
        {
            await using var ask = database.Query("select now() - ended_at from orders.rounds where name = $1", ReconcileOrders.Id);
            return await ask.ExecuteScalarAsync(cancel) is TimeSpan ago
                ? clock.GetTimestamp() - (long)(ago.TotalSeconds * clock.TimestampFrequency)
                : heard;
        }
        catch (NpgsqlException outage)
        {
            log.ReconciliationNotSeen(outage);
            return heard;
        }
    }

    // It may be the schedule that got lost: deleted from the dashboard, or disabled by a version that did not know the job.
    private void Reschedule()
    {
        try
        {
            Schedule.Write(recurring);
        }
        catch (Exception outage)
            when (outage is NpgsqlException or BackgroundJobClientException or Hangfire.Storage.DistributedLockTimeoutException)
        {
            log.NotRescheduled(outage);
        }
    }
}
