using System.Globalization;
using Hangfire.Common;
using Hangfire.Storage;
using Npgsql;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Hangfire's view of the storage. What a worker does to the job it holds needs neither lock nor reading: it knows the job since it took
/// it. Everybody else takes the job's lock, reads, and writes under the same guard.
/// </summary>
internal sealed class FastConnection(FastStorage storage) : StorableKeysConnection(storage)
{
    private readonly Dictionary<long, long?> seen = [];
    private readonly Dictionary<string, (LeaseLock Row, int Times)> locks = [];
    private LeasedJob? mine;

    public override void Dispose()
    {
        foreach (var held in locks.Values) held.Row.Dispose();
        locks.Clear();
        base.Dispose();
    }

    public override IWriteOnlyTransaction CreateWriteTransaction() => new FastTransaction(storage, this);

    public override IFetchedJob FetchNextJob(string[] queues, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queues);
        if (queues.Length == 0) throw new ArgumentException("Name at least one queue to fetch from.", nameof(queues));
        return mine = storage.QueuesOf(queues).Next(cancellationToken);
    }

    public override IDisposable AcquireDistributedLock(string resource, TimeSpan timeout)
    {
        if (string.IsNullOrEmpty(resource)) throw new ArgumentNullException(nameof(resource));
        // The worker's own job: the guard stands where others need the lock, and nothing is written while another one holds it.
        if (mine is not null && resource == LeaseLocks.OfJob(mine.Id)) return new HeldLock(null);
        var (row, times) = locks.TryGetValue(resource, out var held) ? held : (storage.Locks.Acquire(resource, timeout), 0);
        locks[resource] = (row, times + 1);
        return new HeldLock(() => Release(resource));
    }

    public override string CreateExpiredJob(Job job, IDictionary<string, string?> parameters, DateTime createdAt, TimeSpan expireIn)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(parameters);
        try
        {
            return Create();
        }
        catch (PostgresException fault) when (JobIds.AreTaken(fault))
        {
            return Create(); // nobody has heard of the first id
        }

        string Create()
        {
            var row = NewRow(job, parameters, createdAt, expireIn);
            Commit(new JobWrite { Jobs = { row } });
            return row.Id.ToString(CultureInfo.InvariantCulture);
        }
    }

    public override JobData? GetJobData(string jobId)
    {
        var id = Id(jobId);
        if (Mine(id) is { } held)
        {
            if (held.Stale) storage.Reread(held);
            return held.Row?.ToJobData();
        }

        FlushStart(id);
        var row = storage.Read(id);
        if (row is null) return null;
        seen[id] = row.StateId;
        return row.ToJobData();
    }

    public override StateData? GetStateData(string jobId)
    {
        FlushStart(Id(jobId));
        return base.GetStateData(jobId);
    }

    public override string? GetJobParameter(string id, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Mine(Id(id)) is { Row: { } row, Stale: false } ? row.Parameters.GetValueOrDefault(name) : base.GetJobParameter(id, name);
    }

    public override void SetJobParameter(string id, string name, string? value)
    {
        ArgumentNullException.ThrowIfNull(name);
        var write = new JobWrite { JobParameters = { [(Id(id), name)] = value } };
        Commit(write);
        if (Mine(Id(id)) is { Row: { } row }) row.Parameters[name] = value;
    }

    public override void SetRangeInHash(string key, IEnumerable<KeyValuePair<string, string>> keyValuePairs)
    {
        using var transaction = new FastTransaction(storage, this);
        transaction.SetRangeInHash(key, keyValuePairs);
        transaction.Commit();
    }

    public override bool GetSetContains(string key, string value) =>
        storage.ReadValue<bool>("select exists (select from hangfire.set where key = $1 and value = $2)", Key(key), Key(value));

    public override long GetSetCount(IEnumerable<string> keys, int limit)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        return storage.ReadValue<long>(
            "select count(*) from (select from hangfire.set where key = any($1) limit $2) as first",
            Texts(keys, key => key), Bigint(limit));
    }

    public override DateTime GetUtcDateTime() => storage.ReadValue<DateTime>("select clock_timestamp()");

    /// <summary>What a change of this job has to be refused for.</summary>
    public Guard? GuardFor(long job) => Mine(job) is { } held
        ? new Guard((held.Row ?? throw new StaleJobException()).StateId, held)
        : seen.TryGetValue(job, out var state) ? new Guard(state, null) : null;

    /// <summary>The worker's own job, where the write changes its state.</summary>
    public LeasedJob? OwnJob(JobWrite write) =>
        mine is { } held && write.Changes.GetValueOrDefault(held.Id)?.StateId is not null ? held : null;

    public void Commit(JobWrite write)
    {
        if (System.Transactions.Transaction.Current is not null)
            throw new InvalidOperationException(
                $"Hangfire's client cannot join a TransactionScope here: the job would stay if the scope rolled back. Use "
                    + $"{nameof(TransactionalJobs)} in the transaction, or leave the scope first.");

        foreach (var held in locks.Values) write.Fences.Add(held.Row);
        var change = mine is null ? null : write.Changes.GetValueOrDefault(mine.Id);
        try
        {
            if (change is { StateName: "Processing" } && mine!.MayStartUnwritten && write.MayWait)
                storage.Writer.Defer(write, mine);
            else
                storage.Writer.Commit(write, mine is not null && write.TouchedJobs.Contains(mine.Id) ? mine : null);
        }
        catch (PostgresException fault) when (JobIds.AreTaken(fault))
        {
            // The ids are taken by our own first try, whose answer got lost, or by another process, because the sequence was set back.
            // In the second case Hangfire tries again with other ids.
            if (!AreWritten(write.Jobs)) throw;
        }
        catch (StaleJobException) when (mine is not null)
        {
            mine.Stale = true;
            throw;
        }

        foreach (var (job, written) in write.Changes)
        {
            if (written.StateId is not { } state) continue;
            if (Mine(job) is { Row: { } row } held)
                (held.Row, held.Started) = (row with { StateId = state, StateName = written.StateName }, true);
            else seen[job] = state;
        }

        foreach (var created in write.Jobs) seen[created.Id] = null;
    }

    public NewJobRow NewRow(Job job, IDictionary<string, string?> parameters, DateTime createdAt, TimeSpan expireIn)
    {
        var invocation = InvocationData.SerializeJob(job);
        return new(storage.Ids.Jobs.Next(), SerializationHelper.Serialize(invocation), invocation.Arguments,
            DateTime.SpecifyKind(createdAt, DateTimeKind.Utc), expireIn.TotalSeconds, new Dictionary<string, string?>(parameters));
    }

    private bool AreWritten(List<NewJobRow> jobs) => jobs.Count > 0 && jobs.Count == storage.ReadValue<long>("""
        select count(*) from hangfire.job j
        join unnest($1::bigint[], $2::timestamptz[], $3::jsonb[]) as new(id, createdat, arguments) using (id, createdat, arguments)
        """, Bigints(jobs, job => job.Id), Times(jobs, job => job.CreatedAt), Jsons(jobs, job => job.Arguments));

    /// <summary>Others read what the worker of this process believes.</summary>
    private void FlushStart(long job)
    {
        if (storage.Leases.Find(job) is { } leased) storage.Writer.Flush(leased);
    }

    private LeasedJob? Mine(long job) => mine?.Id == job ? mine : null;

    // A connection may take a lock several times. It is free when it was released as often.
    private void Release(string resource)
    {
        if (!locks.Remove(resource, out var held)) return;
        if (held.Times > 1) locks.Add(resource, (held.Row, held.Times - 1));
        else held.Row.Dispose();
    }

    private sealed class HeldLock(Action? release) : IDisposable
    {
        public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke();
    }
}
