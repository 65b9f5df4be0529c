using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue.Storage;
using Storefront.Jobs.Telemetry;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue;

/// <summary>
/// Creates jobs inside the caller's transaction: they become runnable when it commits, and never were where it does not.
/// Writes the rows that Hangfire itself would, so that its servers and its dashboard read them; its client filters do not run.
/// </summary>
public sealed class TransactionalJobs
{
    private readonly NpgsqlDataSource database;
    private readonly JobIds known;
    private readonly TimeProvider clock;

    internal TransactionalJobs(NpgsqlDataSource database, JobIds ids, TimeProvider clock) =>
        (this.database, known, this.clock) = (database, ids, clock);

    /// <summary>Raised by <see cref="Committed"/>.</summary>
    internal event Action<IReadOnlyCollection<string>>? JobsCommitted;

    /// <summary>
    /// Adds the statements that create the jobs to the batch. Returns their ids, in order: they are known before anything is written,
    /// so the caller's rows can refer to them, and everything is one round trip.
    /// </summary>
    public async ValueTask<IReadOnlyList<long>> EnqueueInAsync(NpgsqlBatch batch, IReadOnlyList<NewJob> jobs, CancellationToken cancel)
    {
        if (jobs.Count == 0) return [];
        var ids = await known.Jobs.NextAsync(jobs.Count, cancel);
        var states = await known.States.NextAsync(jobs.Count, cancel);

        var now = clock.GetUtcNow();
        batch.BatchCommands.Add(Insert([.. jobs.Select((job, index) => new Row(ids[index], states[index], job, now))], now.UtcDateTime));
        if (TracesOf(jobs, ids) is { Length: > 0 } traces) batch.BatchCommands.Add(InsertTraces(traces));
        return ids;
    }

    /// <summary>
    /// Writes jobs and the rows that belong to them in one transaction, and wakes this process's workers.
    /// </summary>
    /// <param name="fill">Adds the statements; called again, with an empty batch, where nothing was written.</param>
    public async Task CommitAsync(Func<NpgsqlBatch, Task> fill, CancellationToken cancel)
    {
        await WithFreeIdsAsync(async () =>
        {
            await using var batch = database.CreateBatch();
            await fill(batch);
            return await batch.ExecuteNonQueryAsync(cancel);
        });
        Committed();
    }

    /// <summary>
    /// Runs a write of jobs, and again after <see cref="Conflicts"/>. Where an id is already taken, because the sequence was set back,
    /// nothing was written; then it runs once more, with other ids.
    /// </summary>
    public async Task<T> WithFreeIdsAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await Conflicts.RepeatAsync(write);
        }
        catch (PostgresException fault) when (JobIds.AreTaken(fault))
        {
            known.DrawAnew();
            return await Conflicts.RepeatAsync(write);
        }
    }

    /// <summary>
    /// To be called after the commit: wakes this process's workers at once, where others find the jobs at their next poll.
    /// </summary>
    /// <param name="queues">Those that got jobs; none: any may have.</param>
    public void Committed(params IReadOnlyCollection<string> queues) => JobsCommitted?.Invoke(queues);

    /// <summary>One statement for any number and any mixture of jobs, so that it is prepared once.</summary>
    private static NpgsqlBatchCommand Insert(Row[] rows, DateTime now) =>
        new("""
            with new as (
                select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::jsonb[], $5::jsonb[], $6::jsonb[], $7::text[],
                    $8::float8[])
                    as new(id, stateid, statename, invocationdata, arguments, statedata, queue, due)),
            job as (
                insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat)
                select id, stateid, statename, invocationdata, arguments, $9 from new),
            state as (
                insert into hangfire.state (id, jobid, name, createdat, data)
                select stateid, id, statename, $9, statedata from new),
            queued as (
                insert into hangfire.jobqueue (jobid, queue)
                select id, queue from new where due is null)
            insert into hangfire.set (key, score, value)
            select 'schedule', round(extract(epoch from now())::float8 + due), queue || ':' || id from new where due is not null
            """)
        {
            Parameters =
            {
                Bigints(rows, row => row.Id), Bigints(rows, row => row.StateId), Texts(rows, row => row.State.Name),
                Jsons(rows, row => SerializationHelper.Serialize(row.Invocation)), Jsons(rows, row => row.Invocation.Arguments),
                Jsons(rows, row => SerializationHelper.Serialize(row.State.SerializeData())),
                Texts(rows, row => row.Job.Queue), Doubles(rows, row => row.Due), Time(now),
            },
        };

    // The trace a job belongs to travels with it, where there is one.
    private static (long Job, string Trace)[] TracesOf(IReadOnlyList<NewJob> jobs, long[] ids)
    {
        var current = Spans.Current;
        return [.. jobs.Zip(ids)
            .Where(pair => (pair.First.TraceParent ?? current) is not null)
            .Select(pair => (pair.Second, SerializationHelper.Serialize(pair.First.TraceParent ?? current)))];
    }

    private static NpgsqlBatchCommand InsertTraces((long Job, string Trace)[] traces) =>
        new($"insert into hangfire.jobparameter (jobid, name, value) select job, '{NewJob.TraceParentParameter}', trace "
            + "from unnest($1::bigint[], $2::text[]) as new(job, trace)")
        {
            Parameters = { Bigints(traces, row => row.Job), Texts(traces, row => row.Trace) },
        };

    private sealed class Row(long id, long stateId, NewJob job, DateTimeOffset now)
    {
        public long Id => id;
        public long StateId => stateId;
        public NewJob Job => job;
        public IState State { get; } = job.RunAt is { } at ? new ScheduledState(at.UtcDateTime) : new EnqueuedState(job.Queue);

        /// <summary>Seconds from now. The database adds them to its own time, so a node whose clock is wrong does no harm.</summary>
        public double? Due { get; } = job.RunAt is { } at ? (at - now).TotalSeconds : null;

        // The job itself has to know its queue: without it, a schedule or a retry would bring it back in "default".
        public InvocationData Invocation { get; } =
            InvocationData.SerializeJob(job.Job.Queue == job.Queue
                ? job.Job : new Job(job.Job.Type, job.Job.Method, job.Job.Args, job.Queue));
    }
}
