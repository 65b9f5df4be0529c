using System.Globalization;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Npgsql;
using Storefront.Jobs.Database;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>Collects what Hangfire wants to write; nothing reaches the database before <see cref="Commit"/>.</summary>
internal sealed class FastTransaction(FastStorage storage, FastConnection connection) : JobStorageTransaction
{
    private readonly JobWrite write = new();
    private readonly List<IDisposable> locks = [];
    private LeasedJob? acknowledged;

    public override void Commit()
    {
        try
        {
            if (!write.IsEmpty) connection.Commit(write);
        }
        catch (Exception fault) when (PostgresFaults.IsPermanent(fault) && connection.OwnJob(write) is not null)
        {
            Fail(connection.OwnJob(write)!, fault);
            throw;
        }

        acknowledged?.Acknowledged();
        if (write.Queued.Count > 0) storage.Wake([.. write.Queued.Select(queued => queued.Queue)]);
    }

    public override void Dispose()
    {
        foreach (var held in locks) held.Dispose();
        locks.Clear();
        base.Dispose();
    }

    public override void AcquireDistributedLock(string resource, TimeSpan timeout) =>
        locks.Add(connection.AcquireDistributedLock(resource, timeout));

    public override string CreateJob(Job job, IDictionary<string, string?> parameters, DateTime createdAt, TimeSpan expireIn)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(parameters);
        var row = connection.NewRow(job, parameters, createdAt, expireIn);
        write.Jobs.Add(row);
        return row.Id.ToString(CultureInfo.InvariantCulture);
    }

    public override void SetJobState(string jobId, IState state)
    {
        var row = AddState(jobId, state);
        var change = Change(row.Job);
        (change.StateId, change.StateName, change.Final) = (row.Id, row.Name, state.IsFinal);
    }

    public override void AddJobState(string jobId, IState state) => AddState(jobId, state);

    public override void ExpireJob(string jobId, TimeSpan expireIn) => Change(Id(jobId)).Expiry = expireIn.TotalSeconds;

    public override void PersistJob(string jobId) => Change(Id(jobId)).Expiry = JobChange.Never;

    public override void RemoveFromQueue(IFetchedJob fetchedJob)
    {
        ArgumentNullException.ThrowIfNull(fetchedJob);
        acknowledged = (LeasedJob)fetchedJob;
        Change(acknowledged.Id).Acknowledge = true;
    }

    public override void SetJobParameter(string jobId, string name, string? value)
    {
        ArgumentNullException.ThrowIfNull(name);
        write.JobParameters[(Id(jobId), name)] = value;
    }

    public override void AddToQueue(string queue, string jobId)
    {
        ArgumentNullException.ThrowIfNull(queue);
        var job = Id(jobId);
        write.Queued.Add(new(job, queue, MovedFrom(queue, jobId), Decided: write.Changes.ContainsKey(job)));
    }

    public override void IncrementCounter(string key) => Count(key, 1, null);
    public override void IncrementCounter(string key, TimeSpan expireIn) => Count(key, 1, expireIn);
    public override void DecrementCounter(string key) => Count(key, -1, null);
    public override void DecrementCounter(string key, TimeSpan expireIn) => Count(key, -1, expireIn);

    public override void AddToSet(string key, string value) => AddToSet(key, value, 0);

    public override void AddToSet(string key, string value, double score)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        var due = key == "schedule";
        if (due) score -= (storage.Now - DateTime.UnixEpoch).TotalSeconds; // seconds from now; the database adds its own time
        // After a statement on the whole set, what concerns its members has to come in order too.
        if (write.Statements.Count == 0)
            write.Members[(key, value)] = score;
        else
            Run("""
                insert into hangfire.set (key, value, score)
                values ($1, $2, case when $4 then round(extract(epoch from now())::float8 + $3) else $3 end)
                on conflict (key, value) do update set score = excluded.score
                """, Text(key), Text(value), Number(score), Flag(due));
    }

    public override void RemoveFromSet(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        if (write.Statements.Count == 0)
            write.Members[(key, value)] = null;
        else
            Run("delete from hangfire.set where key = $1 and value = $2", Text(key), Text(value));
    }

    public override void AddRangeToSet(string key, IList<string> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        Run("""
            insert into hangfire.set (key, value, score) select $1, value, 0 from unnest($2::text[]) as value
            on conflict (key, value) do update set score = 0
            """, Key(key), Texts(items.Distinct(), item => item));
    }

    public override void RemoveSet(string key) => Run("delete from hangfire.set where key = $1", Key(key));

    public override void InsertToList(string key, string value) =>
        Run("insert into hangfire.list (key, value) values ($1, $2)", Key(key), Key(value));

    public override void RemoveFromList(string key, string value) =>
        Run("delete from hangfire.list where key = $1 and value = $2", Key(key), Key(value));

    // A list's first element is the one added last.
    public override void TrimList(string key, int keepStartingFrom, int keepEndingAt) => Run("""
        delete from hangfire.list where key = $1 and id not in (
            select id from hangfire.list where key = $1 order by id desc offset $2 limit $3)
        """, Key(key), Bigint(keepStartingFrom), Bigint(Math.Max(0, keepEndingAt - keepStartingFrom + 1)));

    public override void SetRangeInHash(string key, IEnumerable<KeyValuePair<string, string>> keyValuePairs)
    {
        ArgumentNullException.ThrowIfNull(keyValuePairs);
        var last = new Dictionary<string, string>();
        foreach (var (name, value) in keyValuePairs) last[name] = value;
        Run("""
            insert into hangfire.hash (key, field, value) select $1, field, value from unnest($2::text[], $3::text[]) as new(field, value)
            on conflict (key, field) do update set value = excluded.value
            """, Key(key), Texts(last, pair => pair.Key), Texts(last, pair => pair.Value));
    }

    public override void RemoveHash(string key) => Run("delete from hangfire.hash where key = $1", Key(key));

    public override void ExpireSet(string key, TimeSpan expireIn) => Expire("set", key, expireIn);
    public override void ExpireList(string key, TimeSpan expireIn) => Expire("list", key, expireIn);
    public override void ExpireHash(string key, TimeSpan expireIn) => Expire("hash", key, expireIn);
    public override void PersistSet(string key) => Expire("set", key, null);
    public override void PersistList(string key) => Expire("list", key, null);
    public override void PersistHash(string key) => Expire("hash", key, null);

    // Whoever moves a due job removes it from the schedule before, in the same transaction.
    private string? MovedFrom(string queue, string jobId)
    {
        if (write.Members.Count == 0) return null;
        if (IsRemoved($"{queue}:{jobId}")) return $"{queue}:{jobId}";
        if (IsRemoved(jobId)) return jobId;
        return write.Changes.ContainsKey(Id(jobId)) // to another queue than it was scheduled for
            ? write.Members.Keys
                .FirstOrDefault(member => IsRemoved(member.Value) && member.Value.EndsWith($":{jobId}", StringComparison.Ordinal)).Value
            : null;

        bool IsRemoved(string member) => write.Members.TryGetValue(("schedule", member), out var score) && score is null;
    }

    // Hangfire would try the same ten times, for 45 s in which its worker does nothing else. This way, it finds the job failed and stops.
    private void Fail(LeasedJob job, Exception fault)
    {
        var wanted = write.Changes[job.Id];
        var state = NewState(
            job.Id, new FailedState(fault) { Reason = $"The step to {wanted.StateName} could not be written: {fault.Message}" });
        var failed = new JobWrite { States = { state } };
        failed.Changes.Add(job.Id, new JobChange
        {
            Guard = connection.GuardFor(job.Id),
            StateId = state.Id,
            StateName = state.Name,
            Expiry = JobChange.Never,
            Acknowledge = wanted.Acknowledge,
        });
        lock (job.Writing) job.Unwritten?.ReduceToStates();
        connection.Commit(failed);
        acknowledged?.Acknowledged();
    }

    private StateRow AddState(string jobId, IState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var row = NewState(Id(jobId), state);
        write.States.Add(row);
        return row;
    }

    private StateRow NewState(long job, IState state) =>
        new(storage.Ids.States.Next(), job, state.Name, state.Reason, storage.Now, SerializationHelper.Serialize(state.SerializeData()));

    private JobChange Change(long job)
    {
        var change = write.Change(job);
        change.Guard ??= connection.GuardFor(job);
        return change;
    }

    private void Expire(string table, string key, TimeSpan? expireIn) =>
        Run(
            $"update hangfire.{table} set expireat = now() + make_interval(secs => $2) where key = $1",
            Key(key), Number(expireIn?.TotalSeconds));

    private void Count(string key, int by, TimeSpan? expireIn)
    {
        ArgumentNullException.ThrowIfNull(key);
        write.Counters.Add(new(key, by, expireIn?.TotalSeconds));
    }

    private void Run(string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        write.Statements.Add(command);
    }
}
