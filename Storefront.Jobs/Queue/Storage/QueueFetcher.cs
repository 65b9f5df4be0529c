using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Npgsql;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Takes jobs for all workers that listen to the same queues: as many as can start at once, abandoned ones before fresh ones.
/// </summary>
internal sealed class QueueFetcher : IDisposable
{
    private const int MostAtOnce = 100;

    /// <summary>Jobs that workers will start within this time may be taken ahead.</summary>
    private const double AheadSeconds = 0.01;

    private static readonly TimeSpan RescueInterval = TimeSpan.FromSeconds(1);

    private readonly FastStorage storage;
    private readonly ConcurrentQueue<LeasedJob> waiting = new();
    private readonly object workers = new();
    private readonly AutoResetEvent demand = new(false);
    private readonly AutoResetEvent arrival = new(false);
    private readonly QueueReader reader;
    private readonly Thread thread;
    private int idle;
    private long started;
    private double startsPerSecond;
    private volatile bool stopping;

    public QueueFetcher(NpgsqlDataSource database, FastStorage storage, string[] queues)
    {
        (this.storage, Queues) = (storage, queues);
        // The second until the next look for abandoned jobs is part of the time a job may be without its worker.
        reader = new QueueReader(database, storage, queues, storage.Settings.Invisibility - RescueInterval);
        thread = new Thread(Run) { IsBackground = true, Name = $"Job fetcher {string.Join(',', queues)}" };
        thread.Start();
    }

    /// <summary>The next job for the calling worker, which waits here as long as there is none.</summary>
    public LeasedJob Next(CancellationToken stop)
    {
        if (stop.IsCancellationRequested) Leave(stop);
        if (!waiting.TryDequeue(out var job)) job = Await(stop);
        Interlocked.Increment(ref started);
        if (waiting.Count <= Ahead / 2) demand.Set();
        return job;
    }

    public string[] Queues { get; }

    public void Wake() => arrival.Set();

    public void Dispose()
    {
        stopping = true;
        demand.Set();
        arrival.Set();
        thread.Join();
        GiveBack();
        reader.Disconnect();
    }

    // On a monitor: a semaphore spins before it sleeps, and where Postgres shares the machine, that takes the time from those who have
    // work.
    private LeasedJob Await(CancellationToken stop)
    {
        using var stopped = stop.UnsafeRegister(static fetcher => ((QueueFetcher)fetcher!).WakeWorkers(int.MaxValue), this);
        Interlocked.Increment(ref idle);
        demand.Set();
        try
        {
            LeasedJob? job = null;
            lock (workers)
                while (!stop.IsCancellationRequested && !waiting.TryDequeue(out job)) Monitor.Wait(workers);

            if (job is null) Leave(stop);
            return job;
        }
        finally
        {
            Interlocked.Decrement(ref idle);
        }
    }

    private void WakeWorkers(int most)
    {
        lock (workers)
        {
            if (most >= Volatile.Read(ref idle)) Monitor.PulseAll(workers);
            else while (most-- > 0) Monitor.Pulse(workers);
        }
    }

    [DoesNotReturn]
    private void Leave(CancellationToken stop)
    {
        GiveBack(); // what was taken ahead is for somebody who still works
        throw new OperationCanceledException(stop);
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
                    reader.StartOver();
                    if (storage.Leases.MayRescue()) rescued = Deliver(reader.TakeAbandoned(wanted));
                }

                var fresh = rescued >= wanted ? 0 : Deliver(reader.TakeFresh(wanted - rescued));
                maybeMore = rescued + fresh >= wanted || storage.Admission.WaitForPermits(reader.Limited);
            }
            catch (Exception outage) when (outage is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
            {
                storage.Journal.FetchFailed(outage, reader.Queues);
                storage.Leases.Lost();
                storage.Ids.DrawAnew();
                reader.Disconnect();
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
            storage.Admission.Taken(job.Queue);
            waiting.Enqueue(job);
        }

        if (jobs.Count > 0) WakeWorkers(jobs.Count);
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
        while (waiting.TryDequeue(out var job)) back.Add(job);
        if (back.Count == 0) return;
        storage.Leases.Return(back);
        foreach (var job in back) storage.Admission.Ended(job.Queue);
    }
}
