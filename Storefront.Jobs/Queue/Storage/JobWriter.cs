using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Group commit for the whole process: what the workers hand over while a commit is under way becomes the next commit. Two may be under way
/// at once, so that one is prepared and sent while the other waits for the disk.
/// </summary>
internal sealed class JobWriter : IDisposable
{
    private const int Connections = 2;
    private const int MaxWrites = 200;

    /// <summary>How long a step to Processing may wait to be written together with how the job ended.</summary>
    internal static readonly TimeSpan PutOff = TimeSpan.FromMilliseconds(25);

    /// <summary>The first pause before a write whose job is locked by somebody else is tried again. The pause doubles each time.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan patience;
    private readonly JobIds ids;
    private readonly object gate = new();
    private readonly Queue<JobWrite> ready = new();
    private readonly Queue<(LeasedJob Job, long Since)> starts = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly WriterConnection[] connections;

    public JobWriter(NpgsqlDataSource database, JobIds ids, TimeSpan patience, ILogger log)
    {
        (this.ids, this.patience) = (ids, patience);
        connections = [.. Enumerable.Range(0, Connections)
            .Select(_ => new WriterConnection(Take, database, patience, log, stopping.Token))];
        new Thread(FlushStarts) { IsBackground = true, Name = "Job starts" }.Start();
    }

    /// <summary>
    /// Returns when the write is durable. What <paramref name="by"/> has put off goes with it. Where somebody else has locked the job, it
    /// waits for them.
    /// </summary>
    public void Commit(JobWrite write, LeasedJob? by)
    {
        var watch = Stopwatch.StartNew();
        JobWrite? start = null;
        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : pause)
        {
            try
            {
                if (by is null)
                {
                    Write(write);
                    return;
                }

                lock (by.Writing)
                {
                    if (start is null && by.Unwritten is not null) write.Prepend(start = by.Unwritten);
                    Write(write);
                    by.Unwritten = null;
                    return;
                }
            }
            catch (LockedJobException)
            {
                if (watch.Elapsed > patience || stopping.Token.WaitHandle.WaitOne(pause))
                    throw new DistributedLockTimeoutException(by is null ? "hangfire" : LeaseLocks.OfJob(by.Id));
            }
        }
    }

    /// <summary>Written with the next write of its worker, or shortly, whichever comes first.</summary>
    public void Defer(JobWrite start, LeasedJob by)
    {
        by.Unwritten = start;
        lock (starts)
        {
            starts.Enqueue((by, Stopwatch.GetTimestamp()));
            if (starts.Count == 1) Monitor.Pulse(starts); // later ones fall due later
        }
    }

    /// <summary>Has written what the job's worker has put off.</summary>
    public void Flush(LeasedJob job)
    {
        lock (job.Writing)
        {
            if (job.Unwritten is not { } start) return;
            Enqueue(start);
            var fault = End(start, job);
            // Refused: what the worker believes is out of date or about to be, and the database has the truth. Permanent: whoever reads the
            // job is not to blame, and the worker learns of it when it writes how the job ended.
            if (fault is null or StaleJobException or LockedJobException || PostgresFaults.IsPermanent(fault)) return;
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    public void Dispose()
    {
        stopping.Cancel();
        lock (gate) Monitor.PulseAll(gate);
        lock (starts) Monitor.PulseAll(starts);
        foreach (var connection in connections) connection.Dispose();
        stopping.Dispose();
    }

    private void Write(JobWrite write)
    {
        Enqueue(write);
        if (Outcome(write) is { } fault) ExceptionDispatchInfo.Throw(fault);
    }

    private void Enqueue(JobWrite write)
    {
        write.Begin();
        lock (gate)
        {
            if (stopping.IsCancellationRequested) write.End(new ObjectDisposedException(nameof(JobWriter)));
            else ready.Enqueue(write);
            Monitor.Pulse(gate);
        }
    }

    private Exception? End(JobWrite start, LeasedJob job)
    {
        var fault = Outcome(start);
        if (fault is null) job.Unwritten = null;
        return fault;
    }

    /// <summary>
    /// Waits until the write is durable, or has failed. Where its states' ids were another process's, it was written with other ids.
    /// </summary>
    private Exception? Outcome(JobWrite write)
    {
        var fault = write.Wait();
        if (fault is not PostgresException taken || !JobIds.AreTaken(taken)) return fault;
        ids.DrawAnew();
        if (write.Jobs.Count > 0) return fault; // whoever made the job knows its id already
        write.Renumber(ids.States);
        Enqueue(write);
        return write.Wait();
    }

    /// <summary>What can be written together, as soon as there is something; null at the end.</summary>
    private List<JobWrite>? Take()
    {
        lock (gate)
        {
            while (ready.Count == 0)
            {
                if (stopping.IsCancellationRequested) return null;
                Monitor.Wait(gate);
            }

            // One statement writes them, so none may touch what another one touches.
            var (batch, jobs, members) = (new List<JobWrite>(), new HashSet<long>(), new HashSet<(string, string)>());
            while (batch.Count < MaxWrites && ready.TryPeek(out var next))
            {
                if (batch.Count > 0 && (batch[0].IsAlone || next.IsAlone)) break;
                if (next.TouchedJobs.Any(jobs.Contains) || next.Members.Keys.Any(members.Contains)) break;
                jobs.UnionWith(next.TouchedJobs);
                members.UnionWith(next.Members.Keys);
                batch.Add(ready.Dequeue());
            }

            return batch;
        }
    }

    private void FlushStarts()
    {
        while (TakeDueStarts() is { } due)
        {
            // Where the worker writes at this moment, the start goes with it.
            var free = due.FindAll(job => job.Unwritten is not null && job.Writing.TryEnter());
            foreach (var job in free)
                if (job.Unwritten is { } start) Enqueue(start);
            foreach (var job in free)
            {
                if (job.Unwritten is { } start && End(start, job) is LockedJobException && !start.Delays) Defer(start, job);
                job.Writing.Exit();
            }
        }
    }

    private List<LeasedJob>? TakeDueStarts()
    {
        lock (starts)
        {
            while (!stopping.IsCancellationRequested)
            {
                var (due, left) = (new List<LeasedJob>(), Timeout.Infinite);
                while (starts.TryPeek(out var first) && (left = MillisecondsLeft(first.Since)) == 0) due.Add(starts.Dequeue().Job);
                if (due.Count > 0) return due;
                Monitor.Wait(starts, left);
            }

            return null;
        }

        static int MillisecondsLeft(long since) =>
            (int)Math.Ceiling(Math.Max(0, (PutOff - Stopwatch.GetElapsedTime(since)).TotalMilliseconds));
    }
}
