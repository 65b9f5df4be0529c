using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;
using static Storefront.Jobs.Queue.Storage.Parameters;

namespace Storefront.Jobs.Queue.Storage;

/// <summary>
/// The statement that does a whole batch, made of those parts that there are rows for: Postgres sets up every part of a statement each
/// time it runs, also those that do nothing. There are a few shapes, each prepared once. It returns the numbers of the writes that were
/// refused, and why.
/// </summary>
internal static partial class WriteStatement
{
    private static readonly ConcurrentDictionary<int, string> Shapes = new();

    /// <summary>The exception for the reason of a refusal.</summary>
    public static Exception Refusal(string why) => why switch
    {
        "locked" => new LockedJobException(),
        "lock lost" => new LockLostException(),
        _ => new StaleJobException(),
    };

    public static NpgsqlBatchCommand For(WriteBatch rows)
    {
        var shape = 0;
        for (var n = 0; n < Parts.Length; n++)
            if (Parts[n].Needed(rows)) shape |= 1 << n;

        var command = new NpgsqlBatchCommand(Shapes.GetOrAdd(shape, Compose));
        for (var n = 0; n < Parts.Length; n++)
            if ((shape & 1 << n) != 0)
                foreach (var parameter in Parts[n].Parameters(rows)) command.Parameters.Add(parameter);
        return command;
    }

    private static string Compose(int shape)
    {
        var (used, parts) = (0, new List<string>());
        for (var n = 0; n < Parts.Length; n++)
        {
            if ((shape & 1 << n) == 0) continue;
            var (offset, most) = (used, used);
            parts.Add(Placeholder().Replace(Parts[n].Sql, match =>
            {
                var number = offset + int.Parse(match.ValueSpan[1..], System.Globalization.CultureInfo.InvariantCulture);
                most = Math.Max(most, number);
                return $"${number}";
            }));
            used = most;
        }

        return $"with {string.Join(",\n", parts)}\nselect n, why from refused";
    }

    [GeneratedRegex(@"\$\d+")]
    private static partial Regex Placeholder();

    private sealed record Part(Func<WriteBatch, bool> Needed, string Sql, Func<WriteBatch, NpgsqlParameter[]> Parameters);

    private static readonly Part[] Parts =
    [
        new(_ => true, """
            change as (
                select * from unnest($1::int[], $2::bigint[], $3::bool[], $4::bigint[], $5::bigint[], $6::int[], $7::bigint[], $8::text[],
                    $9::float8[], $10::bool[],
                                     $11::bool[], $12::text[])
                    as c(n, job, guarded, seen, leaseid, leasenumber, stateid, statename, expiry, acknowledge, final, continuations)),
            unfit as materialized (
                -- Somebody else holds the job's row, or its lock. A worker takes no such lock, but does not write while somebody holds it.
                select c.n, case when held.by_another then 'locked' else 'stale' end as why
                from change c left join hangfire.job j on j.id = c.job
                cross join lateral (
                    select j.id is not null and c.job not in (
                               select unnest(string_to_array(nullif(current_setting('storefront.locked_jobs', true), ''), ',')::bigint[]))
                           or c.leaseid is not null and exists (
                               select from hangfire.storefront_lock l
                               where l.resource = 'job:' || c.job || ':state-lock' and l.until > clock_timestamp()) as by_another) held
                where held.by_another or j.id is null
                   or c.guarded and j.stateid is distinct from c.seen
                   or c.leaseid is not null and not exists (
                       select from hangfire.jobqueue q where q.id = c.leaseid and q.updatecount = c.leasenumber and q.fetchedat is not null)
                   or c.final and c.leaseid is not null and c.continuations is distinct from (
                       select p.value from hangfire.jobparameter p where p.jobid = c.job and p.name = 'Continuations' limit 1))
            """,
            rows =>
            [
                Ints(rows.Changes, c => c.N), Bigints(rows.Changes, c => c.Job), Bools(rows.Changes, c => c.Row.Guard is not null),
                Bigints(rows.Changes, c => c.Row.Guard?.SeenState), Bigints(rows.Changes, c => c.Row.Guard?.Lease?.QueueId),
                Ints(rows.Changes, c => c.Row.Guard?.Lease?.LeaseNumber ?? 0), Bigints(rows.Changes, c => c.Row.StateId),
                Texts(rows.Changes, c => c.Row.StateName),
                Doubles(rows.Changes, c => c.Row.Expiry), Bools(rows.Changes, c => c.Row.Acknowledge),
                Bools(rows.Changes, c => c.Row.Final),
                Texts(rows.Changes, c => c.Row.Guard?.Lease?.Row?.Parameters.GetValueOrDefault("Continuations")),
            ]),
        new(rows => rows.Fences.Count == 0, "refused as (select * from unfit)", _ => []),
        new(rows => rows.Fences.Count > 0, """
            refused as materialized (
                select * from unfit
                union all
                select f.n, 'lock lost' from unnest($1::int[], $2::text[], $3::uuid[]) as f(n, resource, token)
                where not exists (
                    select from hangfire.storefront_lock l
                    where l.resource = f.resource and l.token = f.token and l.until > clock_timestamp() for share))
            """,
            rows => [Ints(rows.Fences, f => f.N), Texts(rows.Fences, f => f.Row.Resource), Uuids(rows.Fences, f => f.Row.Token)]),
        new(rows => rows.Jobs.Count > 0, """
            created as (
                insert into hangfire.job (id, invocationdata, arguments, createdat, expireat, stateid, statename)
                select new.id, new.invocationdata, new.arguments, new.createdat,
                       case when new.expiry < 'infinity' then new.createdat + make_interval(secs => new.expiry) end, new.stateid,
                           new.statename
                from unnest($1::int[], $2::bigint[], $3::jsonb[], $4::jsonb[], $5::timestamptz[], $6::float8[], $7::bigint[], $8::text[])
                    as new(n, id, invocationdata, arguments, createdat, expiry, stateid, statename)
                where new.n not in (select n from refused))
            """,
            rows =>
            [
                Ints(rows.Jobs, j => j.N), Bigints(rows.Jobs, j => j.Row.Id), Jsons(rows.Jobs, j => j.Row.Invocation),
                Jsons(rows.Jobs, j => j.Row.Arguments),
                Times(rows.Jobs, j => j.Row.CreatedAt), Doubles(rows.Jobs, j => j.Change?.Expiry ?? j.Row.Expiry),
                Bigints(rows.Jobs, j => j.Change?.StateId), Texts(rows.Jobs, j => j.Change?.StateName),
            ]),
        new(rows => rows.Changes.Exists(c => c.Row.StateId is not null || c.Row.Expiry is not null), """
            changed as (
                update hangfire.job j
                set stateid = coalesce(c.stateid, j.stateid), statename = coalesce(c.statename, j.statename),
                    expireat = case when c.expiry is null then j.expireat when c.expiry < 'infinity'
                        then now() + make_interval(secs => c.expiry) end
                from change c
                where j.id = c.job and (c.stateid is not null or c.expiry is not null) and c.n not in (select n from refused))
            """,
            _ => []),
        new(rows => rows.States.Count > 0, """
            history as (
                insert into hangfire.state (id, jobid, name, reason, createdat, data)
                select s.id, s.job, s.name, s.reason, s.at, s.data
                from unnest($1::int[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::jsonb[]) as s(n, id, job,
                    name, reason, at, data)
                where s.n not in (select n from refused))
            """,
            rows =>
            [
                Ints(rows.States, s => s.N), Bigints(rows.States, s => s.Row.Id), Bigints(rows.States, s => s.Row.Job),
                Texts(rows.States, s => s.Row.Name),
                Texts(rows.States, s => s.Row.Reason), Times(rows.States, s => s.Row.At), Jsons(rows.States, s => s.Row.Data),
            ]),
        new(rows => rows.Changes.Exists(c => c.Row.Acknowledge), """
            acknowledged as (
                delete from hangfire.jobqueue q using change c
                where q.id = c.leaseid and q.updatecount = c.leasenumber and c.acknowledge and c.n not in (select n from refused))
            """,
            _ => []),
        new(rows => rows.Counters.Count > 0, """
            counted as (
                insert into hangfire.counter (key, value, expireat)
                select c.key, sum(c.value), now() + make_interval(secs => max(c.expiry))
                from unnest($1::int[], $2::text[], $3::bigint[], $4::float8[]) as c(n, key, value, expiry)
                where c.n not in (select n from refused) group by c.key)
            """,
            rows =>
            [
                Ints(rows.Counters, c => c.N), Texts(rows.Counters, c => c.Row.Key), Bigints(rows.Counters, c => c.Row.Value),
                Doubles(rows.Counters, c => c.Row.Expiry),
            ]),
        new(rows => rows.Removed.Count > 0, """
            removed as (
                delete from hangfire.set m using unnest($1::int[], $2::text[], $3::text[]) as r(n, key, value)
                where m.key = r.key and m.value = r.value and r.n not in (select n from refused)
                returning r.n, r.key, r.value)
            """,
            rows => [Ints(rows.Removed, m => m.N), Texts(rows.Removed, m => m.Key), Texts(rows.Removed, m => m.Value)]),
        new(rows => rows.Queued.Exists(q => q.Row.Moved is null), """
            queued as (
                insert into hangfire.jobqueue (jobid, queue)
                select a.job, a.queue from unnest($1::int[], $2::bigint[], $3::text[]) as a(n, job, queue)
                where a.n not in (select n from refused))
            """,
            rows => Queued(rows, moved: false)),
        new(rows => rows.Queued.Exists(q => q.Row.Moved is not null), $"""
            moved as (
                insert into hangfire.jobqueue (jobid, queue)
                select a.job, coalesce((
                    select p.value::jsonb #>> array[]::text[] from hangfire.jobparameter p
                    where p.jobid = a.job and p.name = '{JobRow.NextQueue}'), a.queue)
                from unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::bool[]) as a(n, job, queue, member, decided)
                where a.n not in (select n from refused)
                  and ((a.n, a.member) in (select n, value from removed where key = 'schedule')
                       or a.decided and not exists (select from hangfire.jobqueue q where q.jobid = a.job)))
            """,
            rows => Queued(rows, moved: true)),
        new(rows => rows.Added.Count > 0, """
            added as (
                insert into hangfire.set (key, value, score)
                -- Due times are seconds from now, so that only the database's clock counts.
                select a.key, a.value, case when a.key = 'schedule' then round(extract(epoch from now())::float8 + a.score) else a.score end
                from unnest($1::int[], $2::text[], $3::text[], $4::float8[]) as a(n, key, value, score)
                where a.n not in (select n from refused)
                on conflict (key, value) do update set score = excluded.score)
            """,
            rows => [Ints(rows.Added, m => m.N), Texts(rows.Added, m => m.Key), Texts(rows.Added, m => m.Value),
                Doubles(rows.Added, m => m.Score)]),
        new(rows => rows.JobParameters.Count > 0, """
            parameter as (
                select * from unnest($1::int[], $2::bigint[], $3::text[], $4::text[]) as p(n, job, name, value)
                where p.n not in (select n from refused)),
            reset as (
                update hangfire.jobparameter old set value = p.value from parameter p where old.jobid = p.job and old.name = p.name),
            set as (
                insert into hangfire.jobparameter (jobid, name, value)
                select p.job, p.name, p.value from parameter p
                where not exists (select from hangfire.jobparameter old where old.jobid = p.job and old.name = p.name))
            """,
            rows =>
            [
                Ints(rows.JobParameters, p => p.N), Bigints(rows.JobParameters, p => p.Job), Texts(rows.JobParameters, p => p.Name),
                Texts(rows.JobParameters, p => p.Value),
            ]),
    ];

    private static NpgsqlParameter[] Queued(WriteBatch rows, bool moved)
    {
        var queued = rows.Queued.FindAll(q => q.Row.Moved is not null == moved);
        NpgsqlParameter[] all = [Ints(queued, q => q.N), Bigints(queued, q => q.Row.Job), Texts(queued, q => q.Row.Queue)];
        return moved ? [.. all, Texts(queued, q => q.Row.Moved), Bools(queued, q => q.Row.Decided)] : all;
    }
}
