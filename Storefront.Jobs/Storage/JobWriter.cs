using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Storefront.Jobs.Storage;

/// <summary>
/// Writes for the whole process: what the workers hand over while one commit is under way becomes the next commit. Each write still
/// happens or fails alone: those refused by their guard are left out, and where a statement fails, the batch is halved until the one at fault stands alone.
/// </summary>
internal sealed class JobWriter : IDisposable
{
    private const int MostWrites = 200;

    /// <summary>How long a step to Processing may wait to be written together with how the job ended.</summary>
    private static readonly long PutOff = Stopwatch.Frequency / 400;

    private readonly NpgsqlDataSource database;
    private readonly TimeSpan patience;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private readonly AutoResetEvent work = new(false);
    private readonly Queue<JobWrite> ready = new();
    private readonly Queue<JobWrite> deferred = new();
    private readonly Thread thread;
    private NpgsqlConnection? connection;
    private volatile bool stopping;

    public JobWriter(NpgsqlDataSource database, TimeSpan patience, ILogger log)
    {
        (this.database, this.patience, this.log) = (database, patience, log);
        thread = new Thread(Run) { IsBackground = true, Name = "Job writer" };
        thread.Start();
    }

    /// <summary>Returns when the write is durable. What <paramref name="by"/> has put off goes with it.</summary>
    public void Commit(JobWrite write, LeasedJob? by)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            if (by?.Unwritten is { Taken: false } earlier)
            {
                write.Absorb(earlier);
                earlier.Taken = true;
            }

            ready.Enqueue(write);
        }

        work.Set();
        write.Wait();
    }

    /// <summary>Written with the next write of its worker, or shortly, whichever comes first.</summary>
    public void Defer(JobWrite write, LeasedJob by)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            write.Owner = by;
            write.DeferredAt = Stopwatch.GetTimestamp();
            by.Unwritten = write;
            deferred.Enqueue(write);
            if (deferred.Count > 1) return; // the writer knows already when to look
        }

        work.Set();
    }

    /// <summary>Has written what the job's worker has put off.</summary>
    public void Flush(LeasedJob job)
    {
        if (job.Unwritten is null) return;
        try
        {
            Commit(new JobWrite(), job);
        }
        catch (StaleJobException)
        {
            // Then the worker's belief is out of date, and what the database says is the truth.
        }
    }

    public void Dispose()
    {
        lock (gate) stopping = true;
        work.Set();
        thread.Join(patience);
        connection?.Dispose();
        work.Dispose();
    }

    private void Run()
    {
        while (Take() is { } batch)
            if (batch.Count > 0) Write(batch);
    }

    /// <summary>What can be written now; empty if there is nothing, null at the end.</summary>
    private List<JobWrite>? Take()
    {
        var wait = -1;
        lock (gate)
        {
            var batch = new WriteBatchSelection(MostWrites);
            while (deferred.TryPeek(out var first) && (first.Taken || stopping || Stopwatch.GetTimestamp() - first.DeferredAt >= PutOff))
            {
                if (!first.Taken && !batch.TryAdd(first)) break;
                first.Taken = true;
                deferred.Dequeue();
            }

            while (ready.TryPeek(out var next) && batch.TryAdd(next)) ready.Dequeue();
            if (batch.Writes.Count > 0) return batch.Writes;
            if (stopping) return null;
            if (deferred.Count > 0) wait = 1;
        }

        work.WaitOne(wait);
        return [];
    }

    private void Write(List<JobWrite> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                CrashPoint.At("before-write");
                var refused = WriteBatch.Execute(connection ??= Open(), batch);
                CrashPoint.At("after-write");
                End(batch, refused);
                return;
            }
            catch (PostgresException fault) when (!LosesConnection(fault))
            {
                if (batch.Count == 1)
                {
                    if (IsContention(fault) && attempt < 5) continue;
                    End(batch[0], fault);
                    return;
                }

                // Nothing of the batch was written. Somewhere in it is the one that cannot be; the others are not to suffer for it.
                log.BatchHalved(fault, batch.Count);
                Write(batch[..(batch.Count / 2)]);
                Write(batch[(batch.Count / 2)..]);
                return;
            }
            catch (Exception lost) when (lost is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
            {
                if (!SurviveOutage(batch, lost)) return;
            }
        }
    }

    /// <summary>
    /// The connection died, so nobody knows whether the commit happened. The state rows have ids of their own, so they can say.
    /// </summary>
    /// <returns>Whether the batch is still to be written.</returns>
    private bool SurviveOutage(List<JobWrite> batch, Exception lost)
    {
        log.WriterLostConnection(lost);
        var states = batch.SelectMany(write => write.States).Select(state => state.Id).ToArray();
        for (var watch = Stopwatch.StartNew(); ;)
        {
            Close();
            try
            {
                connection = Open();
                var written = states.Length == 0 ? [] : WriteBatch.Existing(connection, states);
                if (written.Count == 0) return true;
                End(batch, [.. batch.Select((write, n) => (write, n)).Where(one => !one.write.States.TrueForAll(state => written.Contains(state.Id))).Select(one => one.n)]);
                return false;
            }
            catch (Exception still) when (still is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
            {
                if (watch.Elapsed < patience && !stopping)
                {
                    work.WaitOne(TimeSpan.FromMilliseconds(200));
                    continue;
                }

                foreach (var write in batch) End(write, still);
                return false;
            }
        }
    }

    private void End(List<JobWrite> batch, IReadOnlyCollection<int> refused)
    {
        for (var n = 0; n < batch.Count; n++) End(batch[n], refused.Contains(n) ? new StaleJobException() : null);
    }

    private void End(JobWrite write, Exception? why)
    {
        lock (gate)
        {
            if ((write.DeferredAt > 0 ? write : write.Absorbed) is { Owner: { } owner } putOff)
            {
                // Not written: it is still to go with whatever its worker writes next.
                if (why is null) owner.Unwritten = null;
                else putOff.Taken = false;
            }
        }

        write.End(why);
    }

    private NpgsqlConnection Open()
    {
        var opened = database.OpenConnection();
        WriteBatch.Settle(opened);
        return opened;
    }

    private void Close()
    {
        connection?.Dispose();
        connection = null;
    }

    private static bool LosesConnection(PostgresException fault) =>
        fault.SqlState.StartsWith("57P", StringComparison.Ordinal) || fault.SqlState.StartsWith("08", StringComparison.Ordinal);

    private static bool IsContention(PostgresException fault) =>
        fault.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable;
}
