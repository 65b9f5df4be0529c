using System.Data;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// One connection over which the writer commits batches. Each write still happens or fails alone: those refused by their guard are left
/// out, and where a statement fails, the batch is halved until the one at fault stands alone.
/// </summary>
internal sealed class WriterConnection : IDisposable
{
    private const int MaxConflicts = 5;

    /// <summary>
    /// A write itself may be what breaks the connection. After so many lost connections in a row the batch is halved, so that the other
    /// writes succeed.
    /// </summary>
    private const int MaxLostConnections = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ConflictPause = TimeSpan.FromMilliseconds(20);

    private readonly Func<List<JobWrite>?> take;
    private readonly NpgsqlDataSource database;
    private readonly TimeSpan patience;
    private readonly ILogger log;
    private readonly CancellationToken stop;
    private readonly Thread thread;
    private NpgsqlConnection? connection;

    /// <param name="take">Waits for writes that can go together; null at the end.</param>
    public WriterConnection(
        Func<List<JobWrite>?> take, NpgsqlDataSource database, TimeSpan patience, ILogger log, CancellationToken stop)
    {
        (this.take, this.database, this.patience, this.log, this.stop) = (take, database, patience, log, stop);
        thread = new Thread(Run) { IsBackground = true, Name = "Job writer" };
        thread.Start();
    }

    public void Dispose()
    {
        thread.Join(patience);
        Close();
    }

    private void Run()
    {
        while (take() is { } batch)
        {
            try
            {
                Write(batch);
            }
            catch (Exception fault)
            {
                // Without this thread nothing would be written any more, and an exception that leaves it ends the process.
                log.WriteFailed(fault, batch.Count);
                foreach (var write in batch) write.End(fault);
            }
        }
    }

    private void Write(List<JobWrite> batch)
    {
        var (watch, conflicts, lostConnections) = (Stopwatch.StartNew(), 0, 0);
        while (true)
        {
            try
            {
                CrashPoint.At("before-write");
                var refused = new WriteBatch(batch).Execute(connection ??= WriteBatch.Open(database));
                CrashPoint.At("after-write");
                Measures.StorageBatch.Record(batch.Count, new KeyValuePair<string, object?>(Tags.Operation, "write"));
                for (var n = 0; n < batch.Count; n++) batch[n].End(refused.GetValueOrDefault(n));
                return;
            }
            catch (Exception fault) when (
                PostgresFaults.IsConflict(fault) && (conflicts < MaxConflicts || batch.Count == 1 && watch.Elapsed < patience))
            {
                // Rolled back in favour of another transaction, which is to finish first.
                stop.WaitHandle.WaitOne(ConflictPause * Math.Min(++conflicts, MaxConflicts));
            }
            catch (Exception fault) when (IsOutage(fault) && (batch.Count == 1 || lostConnections < MaxLostConnections))
            {
                if (fault is not PostgresException) lostConnections++;
                if (!SurviveOutage(batch, fault, watch, immediately: lostConnections == 1)) return;
            }
            catch (Exception fault)
            {
                Isolate(batch, fault);
                return;
            }
        }
    }

    /// <summary>Nothing of the batch was written, because one of its writes never can be. The others are to succeed without it.</summary>
    private void Isolate(List<JobWrite> batch, Exception fault)
    {
        if (fault is not PostgresException) Close(); // the connection is in an unknown state
        if (batch.Count > 1)
        {
            log.BatchHalved(fault, batch.Count);
            Write(batch[..(batch.Count / 2)]);
            Write(batch[(batch.Count / 2)..]);
        }
        else
        {
            batch[0].Delays = PostgresFaults.IsLocked(fault);
            batch[0].End(batch[0].Delays ? new LockedJobException() : fault);
        }
    }

    /// <summary>
    /// Waits until Postgres can be written to. Where the connection died, nobody knows whether the commit happened: the state rows show it.
    /// </summary>
    /// <returns>Whether the batch is still to be written.</returns>
    private bool SurviveOutage(List<JobWrite> batch, Exception lost, Stopwatch watch, bool immediately)
    {
        log.WriterLostConnection(lost);
        var states = batch.SelectMany(write => write.States).ToArray();
        for (; ; immediately = false)
        {
            Close();
            if (!immediately && (watch.Elapsed >= patience || stop.WaitHandle.WaitOne(Pause)))
            {
                foreach (var write in batch) write.End(lost);
                return false;
            }

            try
            {
                connection = WriteBatch.Open(database);
                var written = states.Length == 0 ? [] : WriteBatch.Written(connection, states);
                if (written.Count == 0) return true;
                foreach (var write in batch)
                    write.End(write.States.TrueForAll(state => written.Contains(state.Id)) ? null : new StaleJobException());
                return false;
            }
            catch (Exception still) when (IsOutage(still))
            {
                lost = still;
            }
        }
    }

    private void Close()
    {
        database.End(connection);
        connection = null;
    }

    // Npgsql has no better sign of a connection that was found broken.
    private bool IsOutage(Exception fault) =>
        PostgresFaults.IsOutage(fault) || fault is InvalidOperationException && connection is not { FullState: ConnectionState.Open };
}
