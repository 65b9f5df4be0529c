using Npgsql;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>Many writes as two statements in one round trip and one commit. Each row has the number of its write.</summary>
internal sealed class WriteBatch
{
    // Locked in order, so that two processes cannot wait for each other, and before the guards are looked at, so that the next
    // statement, with its newer snapshot, sees everything that anybody did under the same locks. A row that somebody else has locked is
    // left out: its write is refused and tried again, and delays no other.
    private const string Lock = """
        select set_config('storefront.locked_jobs', coalesce(string_agg(id::text, ','), ''), true)
        from (select id from hangfire.job where id = any($1) order by id for no key update skip locked) as locked
        """;

    private static readonly Dictionary<int, Exception> Nobody = [];

    private readonly List<JobWrite> writes;

    public WriteBatch(List<JobWrite> writes)
    {
        this.writes = writes;
        for (var n = 0; n < writes.Count; n++)
        {
            var write = writes[n];
            var created = write.Jobs.Select(job => job.Id).ToHashSet();
            foreach (var (job, change) in write.Changes)
                if (!created.Contains(job)) Changes.Add((n, job, change));
            // Also what only belongs to a job needs the job's row: it must be there, and nobody else may have it locked.
            foreach (var job in write.TouchedJobs.Distinct())
                if (!write.Changes.ContainsKey(job) && !created.Contains(job)) Changes.Add((n, job, new JobChange()));
            foreach (var job in write.Jobs)
            {
                Jobs.Add((n, job, write.Changes.GetValueOrDefault(job.Id)));
                foreach (var (name, value) in job.Parameters) JobParameters.Add((n, job.Id, name, value));
            }

            foreach (var state in write.States) States.Add((n, state));
            foreach (var queued in write.Queued) Queued.Add((n, queued));
            foreach (var fence in write.Fences) Fences.Add((n, fence));
            foreach (var counter in write.Counters) Counters.Add((n, counter));
            foreach (var ((key, value), score) in write.Members)
                (score is null ? Removed : Added).Add((n, key, value, score));
            foreach (var ((job, name), value) in write.JobParameters) JobParameters.Add((n, job, name, value));
            Locked.UnionWith(write.TouchedJobs);
        }
    }

    public SortedSet<long> Locked { get; } = [];
    public List<(int N, long Job, JobChange Row)> Changes { get; } = [];
    public List<(int N, NewJobRow Row, JobChange? Change)> Jobs { get; } = [];
    public List<(int N, StateRow Row)> States { get; } = [];
    public List<(int N, LeaseLock Row)> Fences { get; } = [];
    public List<(int N, QueueRow Row)> Queued { get; } = [];
    public List<(int N, CounterRow Row)> Counters { get; } = [];
    public List<(int N, string Key, string Value, double? Score)> Removed { get; } = [];
    public List<(int N, string Key, string Value, double? Score)> Added { get; } = [];
    public List<(int N, long Job, string Name, string? Value)> JobParameters { get; } = [];

    /// <summary>A connection for the statements of the writer and the fetcher.</summary>
    /// <remarks>
    /// Postgres plans these statements once, perhaps while the tables are still empty, and then keeps the plan: it is not to
    /// conclude from an empty table that reading all of it is cheap. It waits only shortly for locks that are not on jobs, since many wait
    /// with it.
    /// </remarks>
    public static NpgsqlConnection Open(NpgsqlDataSource database)
    {
        var connection = database.OpenConnection();
        using var command = new NpgsqlCommand("""
            set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off;
            set plan_cache_mode = force_generic_plan; set lock_timeout = '100ms'
            """, connection);
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>Returns the numbers of the writes that were refused, and why.</summary>
    public IReadOnlyDictionary<int, Exception> Execute(NpgsqlConnection connection)
    {
        if (writes[0].Statements.Count == 0) return ExecuteGuarded(connection, null);

        // What its guard refuses must not run its statements either, and they cannot look at the guard themselves.
        using var transaction = connection.BeginTransaction();
        if (ExecuteGuarded(connection, transaction) is { Count: > 0 } refused) return refused;
        using var rest = new NpgsqlBatch(connection, transaction);
        // A batch that failed may be tried again, and a command belongs to the batch it was added to.
        foreach (var statement in writes[0].Statements)
        {
            var copy = new NpgsqlBatchCommand(statement.CommandText);
            foreach (NpgsqlParameter parameter in statement.Parameters) copy.Parameters.Add(parameter.Clone());
            rest.BatchCommands.Add(copy);
        }

        rest.ExecuteNonQuery();
        transaction.Commit();
        return Nobody;
    }

    /// <summary>The ids of those that are there. After a failover, another process may have used the same id for another row.</summary>
    public static HashSet<long> Written(NpgsqlConnection connection, StateRow[] states)
    {
        using var command = new NpgsqlCommand("""
            select id from hangfire.state
            join unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[]) as new(id, jobid, name, createdat)
                using (id, jobid, name, createdat)
            """, connection)
        {
            Parameters =
            {
                Bigints(states, state => state.Id), Bigints(states, state => state.Job), Texts(states, state => state.Name),
                Times(states, state => state.At),
            },
        };
        using var reader = command.ExecuteReader();
        var found = new HashSet<long>();
        while (reader.Read()) found.Add(reader.GetInt64(0));
        return found;
    }

    private Dictionary<int, Exception> ExecuteGuarded(NpgsqlConnection connection, NpgsqlTransaction? transaction)
    {
        using var batch = new NpgsqlBatch(connection, transaction);
        if (Locked.Count > 0) batch.BatchCommands.Add(new NpgsqlBatchCommand(Lock) { Parameters = { Bigints(Locked, id => id) } });
        batch.BatchCommands.Add(WriteStatement.For(this));
        batch.Prepare();
        var refused = new Dictionary<int, Exception>();
        using var reader = batch.ExecuteReader();
        do
        {
            while (reader.Read())
                if (reader.FieldCount == 2) refused[reader.GetInt32(0)] = WriteStatement.Refusal(reader.GetString(1));
        } while (reader.NextResult());

        return refused;
    }
}
