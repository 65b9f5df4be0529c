using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Telemetry;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// The jobs this process holds. All of their leases are renewed by one statement until each job really ends, which is later than
/// Hangfire stops its own processes: after SIGTERM jobs still run.
/// </summary>
internal sealed class Leases : IDisposable
{
    // The rows of the queue that are still held under the leases that are given.
    private const string Held = """
        unnest($1::bigint[], $2::int[]) as l(id, number)
        join hangfire.jobqueue q on q.id = l.id and q.updatecount = l.number and q.fetchedat is not null
        """;

    private static readonly TimeSpan WhileAway = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, LeasedJob> byRow = new();
    private readonly ConcurrentDictionary<long, LeasedJob> byJob = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly NpgsqlDataSource database;
    private readonly TimeSpan interval;
    private readonly ILogger log;
    private long awaySince; // 0: the database is there
    private long rescueFrom;

    public Leases(NpgsqlDataSource database, TimeSpan invisibility, ILogger log)
    {
        (this.database, interval, this.log) = (database, invisibility / 5, log);
        _ = KeepRenewingAsync();
    }

    /// <summary>The rows of the queue that this process holds.</summary>
    public ICollection<long> Rows => byRow.Keys;

    public void Keep(LeasedJob job) => byJob[job.Id] = byRow[job.QueueId] = job;

    public void Forget(LeasedJob job)
    {
        byRow.TryRemove(new(job.QueueId, job));
        byJob.TryRemove(new(job.Id, job));
    }

    public LeasedJob? Find(long job) => byJob.GetValueOrDefault(job);

    /// <summary>The database could not be reached.</summary>
    public void Lost() => Interlocked.CompareExchange(ref awaySince, Environment.TickCount64, 0);

    /// <summary>Whether what others seem to have abandoned may be taken.</summary>
    public bool MayRescue()
    {
        if (IsAway) RenewAsync(stopping.Token).GetAwaiter().GetResult();
        return Environment.TickCount64 >= Interlocked.Read(ref rescueFrom);
    }

    /// <summary>Takes it off its queue, if it is still held under this lease.</summary>
    public void Remove(LeasedJob job)
    {
        using var command =
            Fenced("delete from hangfire.jobqueue q using unnest($1::bigint[], $2::int[]) as l(id, number) where q.id = l.id and "
                + "q.updatecount = l.number", [job]);
        command.ExecuteNonQuery();
    }

    /// <summary>Others may take them at once. A process that cannot say so any more is found out when the leases run out.</summary>
    public void Return(IReadOnlyCollection<LeasedJob> jobs)
    {
        foreach (var job in jobs) Forget(job);
        var locked = jobs.Count;
        try
        {
            // What is locked is perhaps being renewed at this moment. What somebody keeps locked delays itself alone, until its lease ends.
            locked = ReturnUnlocked(jobs);
            if (locked > 0) ReturnWithinAMoment(jobs);
        }
        catch (Exception outage) when (outage is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
        {
            log.JobsNotReturned(outage, locked);
        }
    }

    // How many are still to be returned.
    private int ReturnUnlocked(IReadOnlyCollection<LeasedJob> jobs)
    {
        using var command = Fenced($"""
            with unlocked as (select q.id from {Held} order by q.id for update of q skip locked),
            returned as (update hangfire.jobqueue q set fetchedat = null from unlocked where q.id = unlocked.id)
            select count(*)::int from {Held} where q.id not in (select id from unlocked)
            """, jobs);
        return (int)command.ExecuteScalar()!;
    }

    private void ReturnWithinAMoment(IReadOnlyCollection<LeasedJob> jobs)
    {
        using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new("select set_config('lock_timeout', '100ms', true)"));
        batch.BatchCommands.Add(new("""
            update hangfire.jobqueue q set fetchedat = null
            from unnest($1::bigint[], $2::int[]) as l(id, number) where q.id = l.id and q.updatecount = l.number
            """));
        batch.BatchCommands[1].Parameters.AddRange(Fence(jobs));
        batch.ExecuteNonQuery();
    }

    private bool IsAway => Interlocked.Read(ref awaySince) != 0;

    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private async Task KeepRenewingAsync()
    {
        var stop = stopping.Token;
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await TryRenewAsync(stop);
                timer.Period = IsAway && interval > WhileAway ? WhileAway : interval;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The process ends; whoever still runs is found by its lease.
        }
    }

    private async Task TryRenewAsync(CancellationToken stop)
    {
        if (byRow.IsEmpty && !IsAway) return;
        try
        {
            await RenewAsync(stop);
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            // Whatever the fault is: without another round, other processes would take over everything that runs here.
            Lost();
            log.LeasesNotRenewed(fault, byRow.Count);
        }
    }

    private async Task RenewAsync(CancellationToken stop)
    {
        var held = byRow.Values.ToArray();
        await using var command = Fenced($"""
            with mine as (select q.id from {Held}),
            renewed as (
                -- Those that are being finished at this moment are locked, and need no renewal.
                update hangfire.jobqueue q set fetchedat = now()
                where q.id in (select id from hangfire.jobqueue where id in (select id from mine) order by id for update skip locked))
            select id from mine
            """, held);
        var kept = new HashSet<long>();
        await using (var reader = await command.ExecuteReaderAsync(stop))
            while (await reader.ReadAsync(stop)) kept.Add(reader.GetInt64(0));

        Back();
        foreach (var lost in held.Where(job => !kept.Contains(job.QueueId) && byRow.ContainsKey(job.QueueId)))
        {
            lost.Stale = true; // read again before it decides anything; running on, it can no longer finish
            log.LeaseLost(lost.JobId);
        }
    }

    private void Back()
    {
        var now = Environment.TickCount64;
        var since = Interlocked.Exchange(ref awaySince, 0);
        // The other processes could not renew either, and they may come back a little later.
        if (since != 0 && now - since > interval.TotalMilliseconds)
            Interlocked.Exchange(ref rescueFrom, now + (long)interval.TotalMilliseconds);
    }

    private NpgsqlCommand Fenced(string sql, IReadOnlyCollection<LeasedJob> jobs)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddRange(Fence(jobs));
        return command;
    }

    private static NpgsqlParameter[] Fence(IReadOnlyCollection<LeasedJob> jobs) =>
        [Bigints(jobs, job => job.QueueId), Ints(jobs, job => job.LeaseNumber)];
}
