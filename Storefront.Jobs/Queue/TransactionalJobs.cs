using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Npgsql;
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
    private readonly JobIds known;
    private readonly TimeProvider clock;

    internal TransactionalJobs(JobIds ids, TimeProvider clock) => (known, this.clock) = (ids, clock);

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
        if (ParametersOf(jobs, ids) is { Length: > 0 } parameters) batch.BatchCommands.Add(InsertParameters(parameters));
        return ids;
    }

    /// <summary>
    /// Runs a write of jobs. Where an id is already taken, because the sequence was set back, nothing was written; then it runs once more,
    /// with other ids.
    /// </summary>
    public async Task<T> WithFreeIdsAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (PostgresException fault) when (JobIds.AreTaken(fault))
        {
            known.DrawAnew();
            return await write();
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
    private static (long Job, string Name, string Value)[] ParametersOf(IReadOnlyList<NewJob> jobs, long[] ids)
    {
        var current = Spans.Current;
        var all = new List<(long, string, string)>();
        foreach (var (job, id) in jobs.Zip(ids))
        {
            foreach (var (name, value) in job.Parameters ?? new Dictionary<string, string>()) all.Add((id, name, value));
            if ((job.TraceParent ?? current) is { } trace) all.Add((id, NewJob.TraceParentParameter, SerializationHelper.Serialize(trace)));
        }

        return [.. all];
    }

    private static NpgsqlBatchCommand InsertParameters((long Job, string Name, string Value)[] all) =>
        new("insert into hangfire.jobparameter (jobid, name, value) select * from unnest($1::bigint[], $2::text[], $3::text[])")
        {
            Parameters = { Bigints(all, one => one.Job), Texts(all, one => one.Name), Texts(all, one => one.Value) },
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
