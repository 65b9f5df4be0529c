using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Npgsql;

namespace Storefront.Jobs.Storage;

/// <summary>
/// Creates jobs inside the caller's transaction: they become runnable when it commits, and never were where it does not.
/// Writes the rows that Hangfire itself would, so that its servers and its dashboard read them.
/// </summary>
public sealed class TransactionalJobs(NpgsqlDataSource database, TimeProvider clock) : IDisposable
{
    private readonly IdBlocks jobIds = new(database, "hangfire.job_id_seq");
    private readonly IdBlocks stateIds = new(database, "hangfire.state_id_seq");

    /// <summary>Raised by <see cref="Committed"/>.</summary>
    internal event Action? JobsCommitted;

    /// <summary>Adds the statements that create the jobs to the batch. Returns their ids, in order.</summary>
    public async ValueTask<IReadOnlyList<long>> EnqueueInAsync(NpgsqlBatch batch, IReadOnlyList<NewJob> jobs, CancellationToken cancel)
    {
        var ids = await jobIds.NextAsync(jobs.Count, cancel);
        var states = await stateIds.NextAsync(jobs.Count, cancel);
        var now = clock.GetUtcNow();

        var rows = jobs.Select((job, index) => new Row(ids[index], states[index], job, State(job, now), InvocationData.SerializeJob(job.Job))).ToArray();
        batch.BatchCommands.Add(Insert(rows, now));
        if (rows.Any(row => row.Job.Parameters is { Count: > 0 })) batch.BatchCommands.Add(InsertParameters(rows));
        if (rows.Any(row => row.Job.RunAt is null)) batch.BatchCommands.Add(InsertQueue([.. rows.Where(row => row.Job.RunAt is null)]));
        if (rows.Any(row => row.Job.RunAt is not null)) batch.BatchCommands.Add(InsertSchedule([.. rows.Where(row => row.Job.RunAt is not null)]));
        return ids;
    }

    /// <summary>To be called after the commit: wakes this process's workers at once, where others find the jobs at their next poll.</summary>
    public void Committed() => JobsCommitted?.Invoke();

    public void Dispose()
    {
        jobIds.Dispose();
        stateIds.Dispose();
    }

    private static IState State(NewJob job, DateTimeOffset now) => job.RunAt is { } at
        ? new ScheduledState(at.UtcDateTime - now.UtcDateTime)
        : new EnqueuedState(job.Queue);

    private static NpgsqlBatchCommand Insert(Row[] rows, DateTimeOffset now) =>
        new("""
            with new as (
                select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
                    as new(id, stateid, statename, statedata, invocation, arguments)),
            job as (
                insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat)
                select id, stateid, statename, invocation::jsonb, arguments::jsonb, $7 from new)
            insert into hangfire.state (id, jobid, name, createdat, data)
            select stateid, id, statename, $7, statedata::jsonb from new
            """)
        {
            Parameters =
            {
                Values(rows, row => row.Id), Values(rows, row => row.StateId), Values(rows, row => row.State.Name),
                Values(rows, row => SerializationHelper.Serialize(row.State.SerializeData())),
                Values(rows, row => row.Invocation.SerializePayload(excludeArguments: true)),
                Values(rows, row => row.Invocation.Arguments),
                new() { Value = now.UtcDateTime },
            },
        };

    private static NpgsqlBatchCommand InsertQueue(Row[] rows) =>
        new("insert into hangfire.jobqueue (jobid, queue) select * from unnest($1::bigint[], $2::text[])")
        {
            Parameters = { Values(rows, row => row.Id), Values(rows, row => row.Job.Queue) },
        };

    private static NpgsqlBatchCommand InsertSchedule(Row[] rows) =>
        new("insert into hangfire.set (key, value, score) select 'schedule', new.value, new.score from unnest($1::text[], $2::float8[]) as new(value, score)")
        {
            Parameters = { Values(rows, Scheduled), Values(rows, row => (double)row.Job.RunAt!.Value.ToUnixTimeSeconds()) },
        };

    // Hangfire names the queue of a scheduled job by its Job.Queue; without one it would come back in "default".
    private static string Scheduled(Row row) => row.Job.Queue == EnqueuedState.DefaultQueue
        ? row.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : $"{row.Job.Queue}:{row.Id}";

    private static NpgsqlBatchCommand InsertParameters(Row[] rows)
    {
        var all = rows.SelectMany(row => (row.Job.Parameters ?? new Dictionary<string, string>()).Select(pair => (row.Id, pair.Key, pair.Value))).ToArray();
        return new("insert into hangfire.jobparameter (jobid, name, value) select * from unnest($1::bigint[], $2::text[], $3::text[])")
        {
            Parameters = { Values(all, one => one.Id), Values(all, one => one.Key), Values(all, one => one.Value) },
        };
    }

    private static NpgsqlParameter Values<TRow, T>(TRow[] rows, Func<TRow, T> value) => new() { Value = Array.ConvertAll(rows, row => value(row)) };

    private sealed record Row(long Id, long StateId, NewJob Job, IState State, InvocationData Invocation);
}
