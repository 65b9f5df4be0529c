using Hangfire.Common;
using Hangfire.Storage;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>A job this process has taken from its queue, with everything a worker needs to know of it.</summary>
internal sealed class LeasedJob(FastStorage storage, long queueId, int leaseNumber, string queue, JobRow row, bool rescued) : IFetchedJob
{
    private bool ended;

    public long QueueId => queueId;
    public int LeaseNumber => leaseNumber;
    public string Queue => queue;
    public long Id => row.Id;
    public string JobId { get; } = row.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
    public long TakenAt { get; } = Environment.TickCount64;

    /// <summary>The job as last read or written by this worker; null: it is gone, or no longer ours to decide on.</summary>
    public JobRow? Row { get; set; } = row.Exists ? row : null;

    /// <summary>The step to Processing, as long as it waits to be written together with the next.</summary>
    public JobWrite? Unwritten { get; set; }

    /// <summary>Held while something of this job is written: what comes next was decided on it.</summary>
    public Lock Writing { get; } = new();

    /// <summary>Somebody else changed it: what we know is to be read again before the next decision.</summary>
    public bool Stale { get; set; }

    /// <summary>This worker has moved it to Processing.</summary>
    public bool Started { get; set; }

    /// <summary>Not where somebody failed before: that it was begun again has to be known even if it kills this process too.</summary>
    public bool MayStartUnwritten =>
        !rescued && !Started && Unwritten is null && Row?.Parameters.ContainsKey(JobRow.UnfinishedStarts) != true;

    /// <summary>Left its queue within a transaction.</summary>
    public void Acknowledged() => End();

    public void RemoveFromQueue()
    {
        if (ended) return;
        storage.Writer.Flush(this);
        storage.Leases.Remove(this);
        End();
    }

    public void Requeue()
    {
        if (ended) return;
        storage.Leases.Return([this]);
        End();
    }

    public void Dispose() => Requeue();

    private void End()
    {
        if (ended) return;
        ended = true;
        storage.Leases.Forget(this);
        storage.Admission.Ended(queue);
    }
}

/// <summary>A job's row with its parameters.</summary>
internal sealed record JobRow(long Id, bool Exists)
{
    /// <summary>The job parameter that counts how often in a row its process ended while it ran.</summary>
    public const string UnfinishedStarts = nameof(UnfinishedStarts);

    /// <summary>
    /// Whoever took it before did not come to an end with it. Seen by filters as a job parameter; never stored, since it is true of this
    /// taking alone.
    /// </summary>
    public const string Rescued = nameof(Rescued);

    /// <summary>It was taken from <see cref="Queues.Default"/>. Seen by filters as a job parameter; never stored.</summary>
    public const string OfFormerQueue = nameof(OfFormerQueue);

    /// <summary>The job parameter that names the queue that the job waits in when it is due again; null: its usual queue.</summary>
    public const string NextQueue = nameof(NextQueue);

    private Job? job;
    private JobLoadException? loadException;

    public long? StateId { get; init; }
    public string? StateName { get; init; }
    public DateTime CreatedAt { get; init; }
    public InvocationData? Invocation { get; init; }
    public Dictionary<string, string?> Parameters { get; init; } = [];

    /// <summary>Read by the worker's thread, not by the one that fetches for all.</summary>
    public JobData ToJobData()
    {
        if (job is null && loadException is null)
        {
            try
            {
                job = Invocation!.DeserializeJob();
            }
            catch (JobLoadException unknown)
            {
                loadException = unknown; // the worker fails the job with it
            }
        }

        return new JobData { Job = job, LoadException = loadException, State = StateName, CreatedAt = CreatedAt,
            ParametersSnapshot = new Dictionary<string, string?>(Parameters)! };
    }
}
