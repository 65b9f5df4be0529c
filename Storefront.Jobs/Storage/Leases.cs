using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using static Storefront.Jobs.Storage.Parameters;

namespace Storefront.Jobs.Storage;

/// <summary>
/// The jobs this process holds. All of their leases are renewed by one statement until each job really ends, which is later than
/// Hangfire stops its own processes: after SIGTERM jobs still run.
/// </summary>
internal sealed class Leases : IDisposable
{
    private readonly ConcurrentDictionary<long, LeasedJob> byRow = new();
    private readonly ConcurrentDictionary<long, LeasedJob> byJob = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly NpgsqlDataSource database;
    private readonly ILogger log;

    public Leases(NpgsqlDataSource database, TimeSpan invisibility, ILogger log)
    {
        (this.database, this.log) = (database, log);
        _ = KeepRenewingAsync(invisibility / 5);
    }

    public void Keep(LeasedJob job) => byJob[job.Id] = byRow[job.QueueId] = job;

    public void Forget(LeasedJob job)
    {
        byRow.TryRemove(new(job.QueueId, job));
        byJob.TryRemove(new(job.Id, job));
    }

    public LeasedJob? Find(long job) => byJob.GetValueOrDefault(job);

    /// <summary>Takes it off its queue, if it is still held under this lease.</summary>
    public void Remove(LeasedJob job)
    {
        using var command = Fenced("delete from hangfire.jobqueue q using unnest($1::bigint[], $2::int[]) as l(id, number) where q.id = l.id and q.updatecount = l.number", [job]);
        command.ExecuteNonQuery();
    }

    /// <summary>Others may take them at once. A process that cannot say so any more is found out when the leases run out.</summary>
    public void Return(IReadOnlyCollection<LeasedJob> jobs)
    {
        foreach (var job in jobs) Forget(job);
        try
        {
            using var command = Fenced("""
                update hangfire.jobqueue q set fetchedat = null
                from unnest($1::bigint[], $2::int[]) as l(id, number) where q.id = l.id and q.updatecount = l.number
                """, jobs);
            command.ExecuteNonQuery();
        }
        catch (Exception outage) when (outage is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            log.JobsNotReturned(outage, jobs.Count);
        }
    }

    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private async Task KeepRenewingAsync(TimeSpan interval)
    {
        var stop = stopping.Token;
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) await RenewAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The process ends; whoever still runs is found by its lease.
        }
    }

    private async Task RenewAsync(CancellationToken stop)
    {
        if (byRow.IsEmpty) return;
        try
        {
            var held = byRow.Values.ToArray();
            await using var command = Fenced("""
                with mine as (
                    select q.id from unnest($1::bigint[], $2::int[]) as l(id, number)
                    join hangfire.jobqueue q on q.id = l.id and q.updatecount = l.number and q.fetchedat is not null),
                renewed as (
                    -- Those that are being finished at this moment are locked, and need no renewal.
                    update hangfire.jobqueue q set fetchedat = now()
                    where q.id in (select id from hangfire.jobqueue where id in (select id from mine) order by id for update skip locked))
                select id from mine
                """, held);
            var kept = new HashSet<long>();
            await using (var reader = await command.ExecuteReaderAsync(stop))
                while (await reader.ReadAsync(stop)) kept.Add(reader.GetInt64(0));

            foreach (var lost in held.Where(job => !kept.Contains(job.QueueId) && byRow.ContainsKey(job.QueueId)))
            {
                lost.Stale = true; // read again before it decides anything; running on, it can no longer finish
                log.LeaseLost(lost.JobId);
            }
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            // Whatever it is: without the next round all that runs here would be taken over.
            log.LeasesNotRenewed(fault, byRow.Count);
        }
    }

    private NpgsqlCommand Fenced(string sql, IReadOnlyCollection<LeasedJob> jobs)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddRange(new NpgsqlParameter[] { Bigints(jobs, job => job.QueueId), Ints(jobs, job => job.LeaseNumber) });
        return command;
    }
}
