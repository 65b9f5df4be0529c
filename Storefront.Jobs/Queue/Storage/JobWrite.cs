using Npgsql;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// What one of Hangfire's transactions wants written: collected as data, so that many of them can become one statement and one commit.
/// All of it happens or none.
/// </summary>
internal sealed class JobWrite
{
    private Exception? failure;
    private bool ended;

    public List<NewJobRow> Jobs { get; } = [];
    public Dictionary<long, JobChange> Changes { get; } = [];
    public List<StateRow> States { get; } = [];
    public List<QueueRow> Queued { get; } = [];
    public List<CounterRow> Counters { get; } = [];

    /// <summary>The locks it was decided under: written only while they are held.</summary>
    public List<LeaseLock> Fences { get; } = [];

    /// <summary>
    /// Score of a member that is to be there, null of one that is not. The last word on a member wins, as it would in order.
    /// </summary>
    public Dictionary<(string Key, string Value), double?> Members { get; } = [];
    public Dictionary<(long Job, string Name), string?> JobParameters { get; } = [];

    /// <summary>
    /// Everything rarer (hashes, lists, whole sets), in order, after the rest. A write with such statements is not shared with others.
    /// </summary>
    public List<NpgsqlBatchCommand> Statements { get; } = [];

    public bool IsEmpty =>
        Jobs.Count + Changes.Count + States.Count + Queued.Count + Counters.Count + Members.Count + JobParameters.Count
            + Statements.Count == 0;

    /// <summary>
    /// May be written a moment later, with the next write of its worker. That is not so where it has news for other workers, who are told
    /// at once, statements that run in order, or a lock that is released by then.
    /// </summary>
    public bool MayWait => Jobs.Count + Queued.Count + Statements.Count + Fences.Count == 0;

    /// <summary>It delayed the writes of its batch. From then on it is written alone.</summary>
    public bool Delays { get; set; }

    public bool IsAlone => Delays || Statements.Count > 0;

    /// <summary>Jobs whose rows must exist and stay still while this is written.</summary>
    public IEnumerable<long> TouchedJobs =>
        Changes.Keys.Concat(JobParameters.Keys.Select(one => one.Job)).Concat(States.Select(state => state.Job));

    public JobChange Change(long job)
    {
        if (!Changes.TryGetValue(job, out var change)) Changes.Add(job, change = new JobChange());
        return change;
    }

    /// <summary>Makes <paramref name="earlier"/>, which was put off, part of this one, as if both had been one transaction.</summary>
    public void Prepend(JobWrite earlier)
    {
        foreach (var (job, before) in earlier.Changes)
        {
            var change = Change(job);
            change.Guard = before.Guard;
            change.StateId ??= before.StateId;
            change.StateName ??= before.StateName;
            change.Expiry ??= before.Expiry;
        }

        States.InsertRange(0, earlier.States);
        Counters.InsertRange(0, earlier.Counters);
        foreach (var (member, score) in earlier.Members) Members.TryAdd(member, score);
        foreach (var (parameter, value) in earlier.JobParameters) JobParameters.TryAdd(parameter, value);
    }

    /// <summary>Gives its states other ids.</summary>
    public void Renumber(IdBlocks states)
    {
        for (var n = 0; n < States.Count; n++)
        {
            var (before, after) = (States[n].Id, states.Next());
            States[n] = States[n] with { Id = after };
            foreach (var change in Changes.Values)
                if (change.StateId == before) change.StateId = after;
        }
    }

    /// <summary>Keeps only the states, the job's history, where something else in the write can never be written.</summary>
    public void ReduceToStates()
    {
        Counters.Clear();
        Members.Clear();
        JobParameters.Clear();
    }

    /// <summary>It is handed to the writer, perhaps once more after it was refused.</summary>
    public void Begin() => ended = false;

    public void End(Exception? why = null)
    {
        lock (this)
        {
            failure = why;
            ended = true;
            Monitor.PulseAll(this);
        }
    }

    /// <summary>Waits until it is durable. Returns what kept it from becoming so.</summary>
    public Exception? Wait()
    {
        lock (this)
        {
            while (!ended) Monitor.Wait(this);
            return failure;
        }
    }
}

/// <summary>What becomes of a job's own row.</summary>
internal sealed class JobChange
{
    /// <summary>What must still be so when the change is written. Null: written whatever happened meanwhile.</summary>
    public Guard? Guard { get; set; }

    public long? StateId { get; set; }
    public string? StateName { get; set; }

    /// <summary>Seconds until it may be swept away, <see cref="Never"/>, or null for no change.</summary>
    public double? Expiry { get; set; }

    /// <summary>The job leaves its queue with this change.</summary>
    public bool Acknowledge { get; set; }

    /// <summary>The job will not run again, so nobody may have added a continuation since its parameters were read.</summary>
    public bool Final { get; set; }

    public const double Never = double.PositiveInfinity;
}

/// <summary>The state a change was decided on, and the lease it was decided under.</summary>
internal sealed record Guard(long? SeenState, LeasedJob? Lease);

internal readonly record struct NewJobRow(
    long Id, string Invocation, string Arguments, DateTime CreatedAt, double Expiry, IReadOnlyDictionary<string, string?> Parameters);

internal readonly record struct StateRow(long Id, long Job, string Name, string? Reason, DateTime At, string Data);

/// <param name="Moved">The member of the schedule that this job is moved from. Only the transaction that removes it queues the job.</param>
/// <param name="Decided">Its state changes too, guarded by the state it comes from. Then a job is also queued that is in no queue.</param>
internal readonly record struct QueueRow(long Job, string Queue, string? Moved = null, bool Decided = false);

internal readonly record struct CounterRow(string Key, long Value, double? Expiry);

/// <summary>The job is no longer what the decision was based on; whoever decided has to look again.</summary>
public sealed class StaleJobException()
    : Exception(
        "The job was changed by somebody else between reading and writing it, so nothing was written. Read it again and decide anew.");

/// <summary>
/// Somebody else holds the job's lock and is about to change it. Nothing was written; it can be tried again when the lock is free.
/// </summary>
internal sealed class LockedJobException() : Exception("The job's lock is held by somebody else.");
