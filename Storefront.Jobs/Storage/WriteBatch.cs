using Npgsql;
using static Storefront.Jobs.Storage.Parameters;

namespace Storefront.Jobs.Storage;

/// <summary>Many writes as two statements in one round trip and one commit.</summary>
internal static class WriteBatch
{
    // Locked in order, so that two processes cannot wait for each other, and before the guards are looked at, so that the next
    // statement, with its newer snapshot, sees everything that anybody did under the same locks.
    private const string Lock = "select from hangfire.job where id = any($1) order by id for no key update";

    /// <summary>Returns the numbers of the writes that were refused.</summary>
    private const string Write = """
        with change as (
            select * from unnest($1::int[], $2::bigint[], $3::bool[], $4::bigint[], $5::bigint[], $6::int[], $7::bigint[], $8::text[], $9::float8[], $10::bool[],
                                 $11::bool[], $12::text[])
                as c(n, job, guarded, seen, leaseid, leasenumber, stateid, statename, expiry, acknowledge, final, continuations)),
        refused as materialized (
            select c.n from change c left join hangfire.job j on j.id = c.job
            where j.id is null
               or c.guarded and j.stateid is distinct from c.seen
               or c.leaseid is not null and not exists (
                   select from hangfire.jobqueue q where q.id = c.leaseid and q.updatecount = c.leasenumber and q.fetchedat is not null)
               or c.final and c.leaseid is not null and c.continuations is distinct from (
                   select p.value from hangfire.jobparameter p where p.jobid = c.job and p.name = 'Continuations' limit 1)),
        created as (
            insert into hangfire.job (id, invocationdata, arguments, createdat, expireat, stateid, statename)
            select new.id, new.invocationdata, new.arguments, new.createdat,
                   case when new.expiry < 'infinity' then new.createdat + make_interval(secs => new.expiry) end, new.stateid, new.statename
            from unnest($43::int[], $13::bigint[], $14::jsonb[], $15::jsonb[], $16::timestamptz[], $17::float8[], $44::bigint[], $45::text[])
                as new(n, id, invocationdata, arguments, createdat, expiry, stateid, statename)
            where new.n not in (select n from refused)
            on conflict (id) do nothing),
        changed as (
            update hangfire.job j
            set stateid = coalesce(c.stateid, j.stateid), statename = coalesce(c.statename, j.statename),
                expireat = case when c.expiry is null then j.expireat when c.expiry < 'infinity' then now() + make_interval(secs => c.expiry) end
            from change c
            where j.id = c.job and (c.stateid is not null or c.expiry is not null) and c.n not in (select n from refused)),
        history as (
            insert into hangfire.state (id, jobid, name, reason, createdat, data)
            select s.id, s.job, s.name, s.reason, s.at, s.data
            from unnest($18::int[], $19::bigint[], $20::bigint[], $21::text[], $22::text[], $23::timestamptz[], $24::jsonb[]) as s(n, id, job, name, reason, at, data)
            where s.n not in (select n from refused)),
        acknowledged as (
            delete from hangfire.jobqueue q using change c
            where q.id = c.leaseid and q.updatecount = c.leasenumber and c.acknowledge and c.n not in (select n from refused)),
        queued as (
            insert into hangfire.jobqueue (jobid, queue)
            select a.job, a.queue from unnest($25::int[], $26::bigint[], $27::text[]) as a(n, job, queue) where a.n not in (select n from refused)),
        counted as (
            insert into hangfire.counter (key, value, expireat)
            select c.key, sum(c.value), now() + make_interval(secs => max(c.expiry))
            from unnest($28::int[], $29::text[], $30::bigint[], $31::float8[]) as c(n, key, value, expiry)
            where c.n not in (select n from refused) group by c.key),
        removed as (
            delete from hangfire.set m using unnest($32::int[], $33::text[], $34::text[]) as r(n, key, value)
            where m.key = r.key and m.value = r.value and r.n not in (select n from refused)),
        added as (
            insert into hangfire.set (key, value, score)
            select a.key, a.value, a.score from unnest($35::int[], $36::text[], $37::text[], $38::float8[]) as a(n, key, value, score)
            where a.n not in (select n from refused)
            on conflict (key, value) do update set score = excluded.score),
        parameter as (
            select * from unnest($39::int[], $40::bigint[], $41::text[], $42::text[]) as p(n, job, name, value)
            where p.n not in (select n from refused)),
        reset as (
            update hangfire.jobparameter old set value = p.value from parameter p where old.jobid = p.job and old.name = p.name),
        set as (
            insert into hangfire.jobparameter (jobid, name, value)
            select p.job, p.name, p.value from parameter p
            where not exists (select from hangfire.jobparameter old where old.jobid = p.job and old.name = p.name))
        select n from refused
        """;

    /// <summary>
    /// Postgres plans these statements once, perhaps while the tables are still empty, and then keeps the plan: it is not to
    /// conclude from an empty table that reading all of it is cheap.
    /// </summary>
    public static void Settle(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(
            "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off; set plan_cache_mode = force_generic_plan", connection);
        command.ExecuteNonQuery();
    }

    public static IReadOnlyCollection<int> Execute(NpgsqlConnection connection, List<JobWrite> writes)
    {
        if (writes.TrueForAll(write => write.IsEmpty)) return [];
        if (writes[0].Statements.Count > 0) return ExecuteAlone(connection, writes[0]);

        using var batch = new NpgsqlBatch(connection);
        AddTo(batch, writes);
        return Refused(batch);
    }

    /// <summary>Those of the states that are there.</summary>
    public static HashSet<long> Existing(NpgsqlConnection connection, long[] states)
    {
        using var command = new NpgsqlCommand("select id from hangfire.state where id = any($1)", connection) { Parameters = { Bigints(states, id => id) } };
        using var reader = command.ExecuteReader();
        var found = new HashSet<long>();
        while (reader.Read()) found.Add(reader.GetInt64(0));
        return found;
    }

    /// <summary>What its guard refuses must not run its statements either, and they cannot look at the guard themselves.</summary>
    private static HashSet<int> ExecuteAlone(NpgsqlConnection connection, JobWrite write)
    {
        using var transaction = connection.BeginTransaction();
        using (var guarded = new NpgsqlBatch(connection, transaction))
        {
            AddTo(guarded, [write]);
            if (Refused(guarded) is { Count: > 0 } refused) return refused;
        }

        using (var rest = new NpgsqlBatch(connection, transaction))
        {
            // A batch that failed may be tried again, and a command belongs to the batch it was added to.
            foreach (var statement in write.Statements)
            {
                var copy = new NpgsqlBatchCommand(statement.CommandText);
                foreach (NpgsqlParameter parameter in statement.Parameters) copy.Parameters.Add(parameter.Clone());
                rest.BatchCommands.Add(copy);
            }

            rest.ExecuteNonQuery();
        }

        transaction.Commit();
        return [];
    }

    private static HashSet<int> Refused(NpgsqlBatch batch)
    {
        batch.Prepare();
        var refused = new HashSet<int>();
        using var reader = batch.ExecuteReader();
        do
        {
            while (reader.Read())
                if (reader.FieldCount == 1) refused.Add(reader.GetInt32(0));
        } while (reader.NextResult());

        return refused;
    }

    private static void AddTo(NpgsqlBatch batch, List<JobWrite> writes)
    {
        var rows = new Rows(writes);
        if (rows.Locked.Count > 0) batch.BatchCommands.Add(new NpgsqlBatchCommand(Lock) { Parameters = { Bigints(rows.Locked, id => id) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Write)
        {
            Parameters =
            {
                Ints(rows.Changes, c => c.N), Bigints(rows.Changes, c => c.Job), Bools(rows.Changes, c => c.Row.Guard is not null),
                Bigints(rows.Changes, c => c.Row.Guard?.SeenState), Bigints(rows.Changes, c => c.Row.Guard?.Lease?.QueueId),
                Ints(rows.Changes, c => c.Row.Guard?.Lease?.LeaseNumber ?? 0), Bigints(rows.Changes, c => c.Row.StateId), Texts(rows.Changes, c => c.Row.StateName),
                Doubles(rows.Changes, c => c.Row.Expiry), Bools(rows.Changes, c => c.Row.Acknowledge), Bools(rows.Changes, c => c.Row.Final),
                Texts(rows.Changes, c => c.Row.Guard?.Lease?.Row?.Parameters.GetValueOrDefault("Continuations")),

                Bigints(rows.Jobs, j => j.Row.Id), Jsons(rows.Jobs, j => j.Row.Invocation), Jsons(rows.Jobs, j => j.Row.Arguments),
                Times(rows.Jobs, j => j.Row.CreatedAt), Doubles(rows.Jobs, j => j.Change?.Expiry ?? j.Row.Expiry),

                Ints(rows.States, s => s.N), Bigints(rows.States, s => s.Row.Id), Bigints(rows.States, s => s.Row.Job), Texts(rows.States, s => s.Row.Name),
                Texts(rows.States, s => s.Row.Reason), Times(rows.States, s => s.Row.At), Jsons(rows.States, s => s.Row.Data),

                Ints(rows.Queued, q => q.N), Bigints(rows.Queued, q => q.Row.Job), Texts(rows.Queued, q => q.Row.Queue),
                Ints(rows.Counters, c => c.N), Texts(rows.Counters, c => c.Row.Key), Bigints(rows.Counters, c => c.Row.Value), Doubles(rows.Counters, c => c.Row.Expiry),
                Ints(rows.Removed, m => m.N), Texts(rows.Removed, m => m.Key), Texts(rows.Removed, m => m.Value),
                Ints(rows.Added, m => m.N), Texts(rows.Added, m => m.Key), Texts(rows.Added, m => m.Value), Doubles(rows.Added, m => m.Score),
                Ints(rows.JobParameters, p => p.N), Bigints(rows.JobParameters, p => p.Job), Texts(rows.JobParameters, p => p.Name), Texts(rows.JobParameters, p => p.Value),
                Ints(rows.Jobs, j => j.N), Bigints(rows.Jobs, j => j.Change?.StateId), Texts(rows.Jobs, j => j.Change?.StateName),
            },
        });
    }

    /// <summary>All the writes' rows side by side, each with the number of its write.</summary>
    private sealed class Rows
    {
        public Rows(List<JobWrite> writes)
        {
            for (var n = 0; n < writes.Count; n++)
            {
                var write = writes[n];
                var created = write.Jobs.Select(job => job.Id).ToHashSet();
                foreach (var (job, change) in write.Changes)
                    if (!created.Contains(job)) Changes.Add((n, job, change));
                foreach (var job in write.Jobs)
                {
                    Jobs.Add((n, job, write.Changes.GetValueOrDefault(job.Id)));
                    foreach (var (name, value) in job.Parameters) JobParameters.Add((n, job.Id, name, value));
                }

                foreach (var state in write.States) States.Add((n, state));
                foreach (var queued in write.Queued) Queued.Add((n, queued));
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
        public List<(int N, QueueRow Row)> Queued { get; } = [];
        public List<(int N, CounterRow Row)> Counters { get; } = [];
        public List<(int N, string Key, string Value, double? Score)> Removed { get; } = [];
        public List<(int N, string Key, string Value, double? Score)> Added { get; } = [];
        public List<(int N, long Job, string Name, string? Value)> JobParameters { get; } = [];
    }
}
