using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Storage;

/// <summary>
/// One connection over which the writer commits batches. Each write still happens or fails alone: those refused by their guard are left out, and where
/// a statement fails, the batch is halved until the one at fault stands alone.
/// </summary>
internal sealed class WriteLane : IDisposable
{
    private readonly JobWriter writer;
    private readonly NpgsqlDataSource database;
    private readonly TimeSpan patience;
    private readonly ILogger log;
    private readonly CancellationToken stop;
    private readonly Thread thread;
    private NpgsqlConnection? connection;

    public WriteLane(JobWriter writer, NpgsqlDataSource database, TimeSpan patience, ILogger log, CancellationToken stop)
    {
        (this.writer, this.database, this.patience, this.log, this.stop) = (writer, database, patience, log, stop);
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
        while (writer.Take() is { } batch) Write(batch);
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
                Measures.StorageBatch.Record(batch.Count, new KeyValuePair<string, object?>(Tags.Operation, "write"));
                for (var n = 0; n < batch.Count; n++) writer.End(batch[n], refused.GetValueOrDefault(n));
                return;
            }
            catch (PostgresException fault) when (!LosesConnection(fault))
            {
                if (batch.Count == 1)
                {
                    if (IsContention(fault) && attempt < 5) continue;
                    writer.End(batch[0], fault);
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
                foreach (var write in batch) writer.End(write, write.States.TrueForAll(state => written.Contains(state.Id)) ? null : new StaleJobException());
                return false;
            }
            catch (Exception still) when (still is NpgsqlException or IOException or InvalidOperationException or TimeoutException)
            {
                if (watch.Elapsed < patience && !stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200))) continue;
                foreach (var write in batch) writer.End(write, still);
                return false;
            }
        }
    }

    private NpgsqlConnection Open()
    {
        var opened = database.OpenConnection();
        WriteBatch.Settle(opened);
        return opened;
    }

    private void Close()
    {
        database.End(connection);
        connection = null;
    }

    private static bool LosesConnection(PostgresException fault) =>
        fault.SqlState.StartsWith("57P", StringComparison.Ordinal) || fault.SqlState.StartsWith("08", StringComparison.Ordinal);

    private static bool IsContention(PostgresException fault) =>
        fault.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable;
}
