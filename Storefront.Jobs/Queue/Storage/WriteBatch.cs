using Npgsql;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>Many writes as two statements in one round trip and one commit.</summary>
internal static class WriteBatch
{
    // Locked in order, so that two processes cannot wait for each other, and before the guards are looked at, so that the next
    // statement, with its newer snapshot, sees everything that anybody did under the same locks. A row that somebody else has locked is
    // left out: its write is refused and tried again, and delays no other.
    private const string Lock = """
        select set_config('storefront.locked_jobs', coalesce(string_agg(id::text, ','), ''), true)
        from (select id from hangfire.job where id = any($1) order by id for no key update skip locked) as locked
        """;

    private static readonly Dictionary<int, Exception> Nobody = [];

    /// <summary>
    /// Postgres plans these statements once, perhaps while the tables are still empty, and then keeps the plan: it is not to
    /// conclude from an empty table that reading all of it is cheap. It waits only shortly for locks that are not on jobs, since many wait
    /// with it.
    /// </summary>
    public static void Settle(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("""
            set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off;
            set plan_cache_mode = force_generic_plan; set lock_timeout = '100ms'
            """, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Returns the numbers of the writes that were refused, and why.</summary>
    public static IReadOnlyDictionary<int, Exception> Execute(NpgsqlConnection connection, List<JobWrite> writes)
    {
        if (writes.TrueForAll(write => write.IsEmpty)) return Nobody;
        if (writes[0].Statements.Count > 0) return ExecuteAlone(connection, writes[0]);

        using var batch = new NpgsqlBatch(connection);
        AddTo(batch, writes);
        return Refused(batch);
    }

    /// <summary>Those of the states that are there.</summary>
    public static HashSet<long> Existing(NpgsqlConnection connection, long[] states)
    {
        using var command = new NpgsqlCommand("select id from hangfire.state where id = any($1)",
            connection) { Parameters = { Bigints(states, id => id) } };
        using var reader = command.ExecuteReader();
        var found = new HashSet<long>();
        while (reader.Read()) found.Add(reader.GetInt64(0));
        return found;
    }

    /// <summary>What its guard refuses must not run its statements either, and they cannot look at the guard themselves.</summary>
    private static Dictionary<int, Exception> ExecuteAlone(NpgsqlConnection connection, JobWrite write)
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
        return Nobody;
    }

    private static Dictionary<int, Exception> Refused(NpgsqlBatch batch)
    {
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

    private static void AddTo(NpgsqlBatch batch, List<JobWrite> writes)
    {
        var rows = new WriteRows(writes);
        if (rows.Locked.Count > 0)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(Lock) { Parameters = { Bigints(rows.Locked, id => id) } });
        batch.BatchCommands.Add(WriteStatement.For(rows));
    }
}
