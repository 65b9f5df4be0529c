using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using static Storefront.Jobs.Storage.Parameters;

namespace Storefront.Jobs.Storage;

/// <summary>
/// Takes jobs for all workers that listen to the same queues: as many as can start at once, with everything a worker has to know of them,
/// in one statement. Abandoned jobs come before fresh ones; between queues the weights decide, and none is left out for ever.
/// </summary>
internal sealed class QueueFetcher : IDisposable
{
    private const int MostAtOnce = 100;

    /// <summary>Jobs that workers will start within this time may be taken ahead.</summary>
    private const double AheadSeconds = 0.01;

    private static readonly TimeSpan RescueInterval = TimeSpan.FromSeconds(1);

    private readonly FastStorage storage;
    private readonly NpgsqlDataSource database;
    private readonly string[] queues;
    private readonly ConcurrentQueue<LeasedJob> waiting = new();
    private readonly SemaphoreSlim available = new(0);
    private readonly AutoResetEvent demand = new(false);
    private readonly AutoResetEvent arrival = new(false);
    private readonly FairShare share;
    private readonly Thread thread;
    private NpgsqlConnection? connection;
    private int idle;
    private long started;
    private double startsPerSecond;
    private volatile bool stopping;

    public QueueFetcher(NpgsqlDataSource database, FastStorage storage, string[] queues)
    {
        (this.database, this.storage, this.queues) = (database, storage, queues);
        share = new FairShare(queues, storage.Settings.QueueWeights);
        thread = new Thread(Run) { IsBackground = true, Name = $"Job fetcher {string.Join(',', queues)}" };
        thread.Start();
    }

    /// <summary>The next job for the calling worker, which waits here as long as there is none.</summary>
    public LeasedJob Next(CancellationToken stop)
    {
        if (!available.Wait(0, CancellationToken.None))
        {
            Interlocked.Increment(ref idle);
            demand.Set();
            try
            {
                available.Wait(stop);
            }
            catch (OperationCanceledException)
            {
                GiveBack(); // what was taken ahead is for somebody who still works
                throw;
            }
            finally
            {
                Interlocked.Decrement(ref idle);
            }
        }
        else if (stop.IsCancellationRequested)
        {
            available.Release();
            GiveBack();
            stop.ThrowIfCancellationRequested();
        }

        waiting.TryDequeue(out var job);
        Interlocked.Increment(ref started);
        if (waiting.Count <= Ahead / 2) demand.Set();
        return job!;
    }

    public void Wake() => arrival.Set();

    public void Dispose()
    {
        stopping = true;
        demand.Set();
        arrival.Set();
        thread.Join();
        GiveBack();
        connection?.Dispose();
    }

    private int Ahead => (int)Math.Min(MostAtOnce, Volatile.Read(ref startsPerSecond) * AheadSeconds);

    private int Wanted => Math.Min(MostAtOnce, Volatile.Read(ref idle) + Ahead - waiting.Count);

    private void Run()
    {
        var maybeMore = true;
        var lastRescue = long.MinValue / 2;
        var (measuredAt, measured) = (Stopwatch.GetTimestamp(), 0L);
        while (!stopping)
        {
            if (Stopwatch.GetElapsedTime(measuredAt) is { TotalMilliseconds: > 200 } elapsed)
            {
                var now = Interlocked.Read(ref started);
                Volatile.Write(ref startsPerSecond, (now - measured) / elapsed.TotalSeconds);
                (measuredAt, measured) = (Stopwatch.GetTimestamp(), now);
                GiveBackStale();
            }

            if (Wanted <= 0)
            {
                demand.WaitOne(waiting.IsEmpty ? -1 : 250);
                continue;
            }

            if (!maybeMore) arrival.WaitOne(storage.Settings.PollInterval);
            if (stopping || Wanted is not (> 0 and var wanted)) continue;

            try
            {
                var rescued = 0;
                if (Environment.TickCount64 - lastRescue > RescueInterval.TotalMilliseconds)
                {
                    lastRescue = Environment.TickCount64;
                    rescued = Deliver(Take(Rescue, wanted, rescue: true));
                }

                var fresh = rescued >= wanted ? 0 : Deliver(Take(Fetch, wanted - rescued, rescue: false));
                maybeMore = rescued + fresh >= wanted;
            }
            catch (Exception outage) when (outage is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
            {
                storage.Journal.FetchFailed(outage, string.Join(", ", queues));
                connection?.Dispose();
                connection = null;
                maybeMore = true;
                arrival.WaitOne(TimeSpan.FromMilliseconds(500));
            }
        }
    }

    private int Deliver(List<LeasedJob> jobs)
    {
        if (jobs.Count > 0) CrashPoint.At("after-fetch");
        foreach (var job in jobs)
        {
            storage.Leases.Keep(job);
            waiting.Enqueue(job);
        }

        if (jobs.Count > 0) available.Release(jobs.Count);
        return jobs.Count;
    }

    /// <summary>Jobs taken ahead that no worker came for are left to other processes.</summary>
    private void GiveBackStale()
    {
        if (waiting.TryPeek(out var oldest) && Environment.TickCount64 - oldest.TakenAt > 1000) GiveBack();
    }

    private void GiveBack()
    {
        var back = new List<LeasedJob>();
        while (available.Wait(0) && waiting.TryDequeue(out var job)) back.Add(job);
        if (back.Count > 0) storage.Leases.Return(back);
    }

    private const string Fetch = $"""
        with candidate as (
            select q.id, q.queue, turn.start + row_number() over (partition by q.queue order by q.jobid) / turn.weight as turn
            from unnest($1::text[], $2::float8[], $3::float8[]) as turn(queue, start, weight)
            cross join lateral (
                select q.id, q.queue, q.jobid from hangfire.jobqueue q
                where q.queue = turn.queue and q.fetchedat is null
                order by q.fetchedat nulls first, q.queue, q.jobid
                limit $4 for update skip locked) as q),
        taken as (
            update hangfire.jobqueue q set fetchedat = now(), updatecount = q.updatecount + 1
            from (select * from candidate order by turn limit $4) as c
            where q.id = c.id
            returning q.id, q.updatecount, q.queue, q.jobid, c.turn)
        select t.id, t.updatecount, t.queue, t.jobid, j.id, {JobColumns.Select}
        from taken t left join hangfire.job j on j.id = t.jobid
        order by t.turn
        """;

    private const string Rescue = $"""
        with taken as (
            update hangfire.jobqueue q set fetchedat = now(), updatecount = q.updatecount + 1
            from (select id from hangfire.jobqueue
                  where fetchedat < now() - make_interval(secs => $2) and queue = any($1)
                  order by fetchedat limit $3 for update skip locked) as abandoned
            where q.id = abandoned.id
            returning q.id, q.updatecount, q.queue, q.jobid)
        select t.id, t.updatecount, t.queue, t.jobid, j.id, {JobColumns.Select}
        from taken t left join hangfire.job j on j.id = t.jobid
        """;

    private List<LeasedJob> Take(string sql, int count, bool rescue)
    {
        connection ??= Open();
        using var command = new NpgsqlCommand(sql, connection);
        if (rescue)
            // The second until the next look is part of the time a job may be without its worker.
            command.Parameters.AddRange(new NpgsqlParameter[] { Texts(queues, name => name), Number((storage.Settings.Invisibility - RescueInterval).TotalSeconds), Bigint(count) });
        else
            command.Parameters.AddRange(new NpgsqlParameter[] { Texts(share.Turns, turn => turn.Queue), Doubles(share.Turns, turn => turn.Start), Doubles(share.Turns, turn => turn.Weight), Bigint(count) });
        command.Prepare();

        var jobs = new List<LeasedJob>(count);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (!rescue) share.Took(reader.GetString(2));
            var row = reader.IsDBNull(4) ? new JobRow(reader.GetInt64(3), Exists: false) : JobColumns.Read(reader, 4);
            jobs.Add(new LeasedJob(storage, reader.GetInt64(0), reader.GetInt32(1), row, rescue));
        }

        return jobs;
    }

    private NpgsqlConnection Open()
    {
        var opened = database.OpenConnection();
        WriteBatch.Settle(opened);
        return opened;
    }
}
