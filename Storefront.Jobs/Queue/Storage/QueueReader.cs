using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// Takes jobs out of their queues: many in one statement, with everything a worker has to know of them. Jobs of the queue that is named
/// first come before those of the queues after it, and within a queue those that have been in it longest: one that was put off comes
/// after those that waited meanwhile. Used by one thread.
/// </summary>
internal sealed class QueueReader(NpgsqlDataSource database, FastStorage storage, string[] queues, TimeSpan abandonedAfter)
{
    /// <summary>
    /// The last row taken from a queue that has more. What lies before it is mostly dead rows that wait for the vacuum: without this, each
    /// reading would walk over all that were taken since, and a backlog would be worked off the slower the longer that takes.
    /// </summary>
    private readonly Dictionary<string, long> reached = [];

    private NpgsqlConnection? connection;

    /// <summary>The queues that gave all that was permitted the last time: each may have more.</summary>
    public List<string> Limited { get; } = [];

    public string Queues => string.Join(", ", queues);

    /// <summary>Reads from the beginning again. Jobs that came back, or were committed late, may be there.</summary>
    public void StartOver() => reached.Clear();

    /// <summary>
    /// Jobs whose leases ran out. What this process itself runs is left out: it is not abandoned, however long the database was away.
    /// </summary>
    public List<LeasedJob> TakeAbandoned(int most)
    {
        var open = queues.Where(queue => storage.Admission.MayRescue(queue) && storage.Admission.Permits(queue) > 0).ToList();
        if (open.Count == 0) return [];
        return Take(
            Abandoned, rescued: true, Texts(open, name => name), Bigints(open, queue => Math.Min(storage.Admission.Permits(queue), most)),
            Texts(open, storage.Admission.GroupOf), Number(abandonedAfter.TotalSeconds), Bigint(most),
            Bigints(storage.Leases.Rows, row => row));
    }

    public List<LeasedJob> TakeFresh(int most)
    {
        var jobs = new List<LeasedJob>();
        if (TakeOn(jobs, most) && jobs.Count < most) TakeOn(jobs, most);
        return jobs;
    }

    public void Disconnect()
    {
        database.End(connection);
        connection = null;
    }

    /// <summary>Adds what can be taken.</summary>
    /// <returns>Whether there may be more before the place from which a queue was read.</returns>
    private bool TakeOn(List<LeasedJob> jobs, int most)
    {
        var before = jobs.Select(job => storage.Admission.GroupOf(job.Queue)).CountBy(group => group).ToDictionary();
        var left = most - jobs.Count;
        var named = queues.Select(queue => (Name: queue, Group: storage.Admission.GroupOf(queue))).ToList();
        var permits = named.ConvertAll(queue =>
            Math.Clamp(storage.Admission.Permits(queue.Name) - before.GetValueOrDefault(queue.Group), 0, left));
        if (permits.TrueForAll(permit => permit == 0))
        {
            Limited.Clear();
            Limited.AddRange(queues);
            return false;
        }

        var taken = Take(
            Fresh, rescued: false, Texts(named, queue => queue.Name), Bigints(named, queue => reached.GetValueOrDefault(queue.Name)),
            Bigint(left), Bigints(permits, permit => permit), Texts(named, queue => queue.Group));
        jobs.AddRange(taken);
        Limited.Clear();
        foreach (var job in taken) reached[job.Queue] = Math.Max(reached.GetValueOrDefault(job.Queue), job.QueueId);
        if (taken.Count == left) return false;

        // A group that gave less than it might have is at its end: read from its beginning the next time.
        var skipped = false;
        var found = taken.Select(job => storage.Admission.GroupOf(job.Queue)).CountBy(group => group).ToDictionary();
        for (var n = 0; n < named.Count; n++)
        {
            if (found.GetValueOrDefault(named[n].Group) < permits[n]) skipped |= reached.Remove(named[n].Name);
            else Limited.Add(named[n].Name);
        }

        return skipped;
    }

    // Ordered by all three columns of its index, so that Postgres does not read the table in the order of its ids, past everything that
    // waits for another partner; updated by an array of ids, so that it does not join with the whole table.
    private const string Fresh = $"""
        with candidate as (
            select q.id, named.place, named.permits, row_number() over (partition by named.limited order by named.place, q.id) as n
            from unnest($1::text[], $2::bigint[], $4::bigint[], $5::text[])
                with ordinality as named(queue, reached, permits, limited, place)
            cross join lateral (
                select q.id from hangfire.jobqueue q
                where q.queue = named.queue and q.fetchedat is null and q.id > named.reached
                order by q.fetchedat nulls first, q.queue, q.id
                limit named.permits for update skip locked) as q),
        chosen as (select id, place from candidate where n <= permits order by place, id limit $3),
        taken as (
            update hangfire.jobqueue q set fetchedat = now(), updatecount = q.updatecount + 1
            where q.id = any (array(select id from chosen))
            returning q.id, q.updatecount, q.queue, q.jobid)
        select t.id, t.updatecount, t.queue, t.jobid, j.id, {JobColumns.Select}
        from taken t join chosen c on c.id = t.id left join hangfire.job j on j.id = t.jobid
        order by c.place, t.id
        """;

    private const string Abandoned = $"""
        with candidate as (
            select q.id, q.fetchedat, named.permits, row_number() over (partition by named.limited order by q.fetchedat, q.id) as n
            from unnest($1::text[], $2::bigint[], $3::text[]) as named(queue, permits, limited)
            cross join lateral (
                select q.id, q.fetchedat from hangfire.jobqueue q
                where q.fetchedat < now() - make_interval(secs => $4) and q.queue = named.queue and q.id <> all($6)
                order by q.fetchedat limit named.permits for update skip locked) as q),
        taken as (
            update hangfire.jobqueue q set fetchedat = now(), updatecount = q.updatecount + 1
            where q.id = any (array(select id from candidate where n <= permits order by fetchedat limit $5))
            returning q.id, q.updatecount, q.queue, q.jobid)
        select t.id, t.updatecount, t.queue, t.jobid, j.id, {JobColumns.Select}
        from taken t left join hangfire.job j on j.id = t.jobid
        """;

    private List<LeasedJob> Take(string sql, bool rescued, params NpgsqlParameter[] parameters)
    {
        connection ??= WriteBatch.Open(database);
        using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        command.Prepare();

        var jobs = new List<LeasedJob>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var row = reader.IsDBNull(4) ? new JobRow(reader.GetInt64(3), Exists: false) : JobColumns.Read(reader, 4);
            var queue = reader.GetString(2);
            if (rescued) row.Parameters[JobRow.Rescued] = "true";
            if (queue == Queue.Queues.Default) row.Parameters[JobRow.OfFormerQueue] = "true";
            jobs.Add(new LeasedJob(storage, reader.GetInt64(0), reader.GetInt32(1), queue, row, rescued));
        }

        if (jobs.Count > 0) Measures.StorageBatch.Record(jobs.Count, new KeyValuePair<string, object?>(Tags.Operation, "fetch"));
        return jobs;
    }
}
