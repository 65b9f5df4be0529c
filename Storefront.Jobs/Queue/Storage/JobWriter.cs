using System.Diagnostics;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Writes for the whole process: what the workers hand over while a commit is under way becomes the next commit. Two may be under way at
/// once, so that one is prepared and sent while the other waits for the disk.
/// </summary>
internal sealed class JobWriter : IDisposable
{
    private const int Lanes = 2;
    private const int MostWrites = 200;

    /// <summary>How long a step to Processing may wait to be written together with how the job ended.</summary>
    internal static readonly TimeSpan PutOff = TimeSpan.FromMilliseconds(25);

    /// <summary>The first pause before a write whose job is locked by somebody else is tried again. The pause doubles each time.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan patience;
    private readonly object gate = new();
    private readonly Queue<JobWrite> ready = new();
    private readonly Queue<JobWrite> deferred = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly WriterConnection[] lanes;
    private int held;

    public JobWriter(NpgsqlDataSource database, TimeSpan patience, ILogger log)
    {
        this.patience = patience;
        lanes = new WriterConnection[Lanes];
        for (var n = 0; n < Lanes; n++) lanes[n] = new WriterConnection(this, database, patience, log, stopping.Token);
    }

    /// <summary>
    /// Returns when the write is durable. What <paramref name="by"/> has put off goes with it. Where somebody else has locked the job, it
    /// waits for them.
    /// </summary>
    public void Commit(JobWrite write, LeasedJob? by)
    {
        var watch = Stopwatch.StartNew();
        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : pause)
        {
            try
            {
                CommitUnlessLocked(write, by);
                return;
            }
            catch (LockedJobException)
            {
                if (watch.Elapsed > patience || stopping.Token.WaitHandle.WaitOne(pause))
                    throw new DistributedLockTimeoutException(by is null ? "hangfire" : $"job:{by.JobId}:state-lock");
                write.StartOver();
            }
        }
    }

    private void CommitUnlessLocked(JobWrite write, LeasedJob? by)
    {
        lock (gate)
        {
            // The lanes may overtake each other, and this was decided on what the one under way says.
            for (held++; by?.Unwritten is { Taken: true };) Monitor.Wait(gate);
            held--;
            ObjectDisposedException.ThrowIf(stopping.IsCancellationRequested, this);
            if (by?.Unwritten is { } earlier)
            {
                if (write.Absorbed != earlier) write.Absorb(earlier);
                earlier.Taken = true;
            }

            ready.Enqueue(write);
            Pulse();
        }

        write.Wait();
    }

    /// <summary>Written with the next write of its worker, or shortly, whichever comes first.</summary>
    public void Defer(JobWrite write, LeasedJob by)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping.IsCancellationRequested, this);
            write.Owner = by;
            by.Unwritten = write;
            Queue(write);
        }
    }

    /// <summary>Has written what the job's worker has put off.</summary>
    public void Flush(LeasedJob job)
    {
        if (job.Unwritten is null) return;
        try
        {
            CommitUnlessLocked(new JobWrite(), job);
        }
        catch (Exception refused) when (refused is StaleJobException or LockedJobException)
        {
            // The worker's belief is out of date or about to be, and what the database says is the truth.
        }
        catch (Exception fault) when (PostgresFaults.IsPermanent(fault))
        {
            // Whoever reads the job is not to blame for the failure. The worker learns of it when it writes how the job ended.
        }
    }

    /// <summary>Of the write that the job's worker has put off, only the states are kept.</summary>
    public void ReduceToStates(LeasedJob job)
    {
        lock (gate)
        {
            for (held++; job.Unwritten is { Taken: true };) Monitor.Wait(gate);
            held--;
            job.Unwritten?.ReduceToStates();
        }
    }

    /// <summary>What can be written now, as soon as there is something; null at the end.</summary>
    public List<JobWrite>? Take()
    {
        lock (gate)
        {
            while (true)
            {
                var batch = new WriteBatchSelection(MostWrites);
                while (deferred.TryPeek(out var first) && (first.Taken || stopping.IsCancellationRequested || Left(first) <= TimeSpan.Zero))
                {
                    if (!first.Taken && !batch.TryAdd(first)) break;
                    first.Taken = true;
                    deferred.Dequeue();
                }

                while (ready.TryPeek(out var next) && batch.TryAdd(next)) ready.Dequeue();
                if (batch.Writes.Count > 0) return batch.Writes;
                if (stopping.IsCancellationRequested) return null;
                Monitor.Wait(gate, deferred.TryPeek(out var due)
                    ? Math.Max(0, (int)Math.Ceiling(Left(due).TotalMilliseconds)) : Timeout.Infinite);
            }
        }
    }

    /// <summary>Tells whoever waits for it that it is durable, or why it is not.</summary>
    public void End(JobWrite write, Exception? why)
    {
        lock (gate)
        {
            if ((write.DeferredAt > 0 ? write : write.Absorbed) is { Owner: { } owner } putOff)
            {
                // Not written: it is still to go with whatever its worker writes next.
                if (why is null) owner.Unwritten = null;
                else putOff.Taken = false;
                if (write == putOff && why is LockedJobException && !write.Alone && !stopping.IsCancellationRequested) Queue(write);
                if (held > 0) Pulse();
            }
        }

        write.End(why);
    }

    public void Dispose()
    {
        lock (gate)
        {
            stopping.Cancel();
            Monitor.PulseAll(gate);
        }

        foreach (var lane in lanes) lane.Dispose();
        stopping.Dispose();
    }

    private void Queue(JobWrite putOff)
    {
        putOff.DeferredAt = Stopwatch.GetTimestamp();
        deferred.Enqueue(putOff);
        if (deferred.Count == 1) Pulse(); // later ones fall due later, and a lane waits for this one
    }

    private void Pulse()
    {
        if (held > 0) Monitor.PulseAll(gate); // it must not reach only one who waits for something else
        else Monitor.Pulse(gate);
    }

    private static TimeSpan Left(JobWrite write) => PutOff - Stopwatch.GetElapsedTime(write.DeferredAt);
}
