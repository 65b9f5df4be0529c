using Hangfire.Common;
using Hangfire.States;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Puts jobs back that Hangfire will not run again, although nobody said that they should not: those it failed only because it could not
/// write their state down for a while, those that seem to run but stand in no queue, and those that seem to wait but stand in no queue
/// and in no schedule.
/// </summary>
internal sealed class LostJobs(NpgsqlDataSource database, TransactionalJobs jobs, TimeProvider clock)
{
    /// <summary>Why Hangfire failed jobs whose state it could not write down, as a pattern of SQL.</summary>
    public const string Outage = "Failed to change state%";

    /// <summary>
    /// How many jobs are put back at once, and how many of those that wait are looked at in a round. While a partner is down, very many
    /// wait: the next round goes on where this one ended, so that none of them takes long.
    /// </summary>
    public const int PageSize = 500;

    private readonly Dictionary<string, long> lookedAt = new() { [EnqueuedState.StateName] = 0, [ScheduledState.StateName] = 0 };

    private sealed record Lost(long Job, long State, string Why);

    /// <summary>Returns how many.</summary>
    public async Task<int> RequeueAsync(CancellationToken cancel)
    {
        var repaired = 0;
        for (var after = 0L; await BegunAsync(after, cancel) is [.., var last] page; after = last.Job)
            repaired += await PutBackAsync(page, cancel);
        List<Lost> waiting =
        [
            .. await WaitingAsync(EnqueuedState.StateName, "enqueued, and in no queue", cancel),
            .. await WaitingAsync(ScheduledState.StateName, "scheduled, and in no schedule", cancel),
        ];
        return waiting.Count == 0 ? repaired : repaired + await PutBackAsync(waiting, cancel);
    }

    private Task<List<Lost>> BegunAsync(long after, CancellationToken cancel) => database.ReadAsync($"""
        select j.id, s.id, s.reason from hangfire.state s join hangfire.job j on j.id = s.jobid and j.stateid = s.id
        where s.reason like '{Outage}' and j.statename = 'Failed' and j.id > $1
        union all
        select j.id, j.stateid, 'processing, and in no queue' from hangfire.job j
        where j.statename = 'Processing' and j.id > $1 and not exists (select 1 from hangfire.jobqueue q where q.jobid = j.id)
        order by 1 limit {PageSize}
        """, [after], row => new Lost(row.GetInt64(0), row.GetInt64(1), row.GetString(2)), cancel);

    // Whether a job lives is asked for each by its key, as a plan that joins whole tables would read all jobs that have ended.
    private async Task<IEnumerable<Lost>> WaitingAsync(string state, string why, CancellationToken cancel)
    {
        var page = await database.ReadAsync($"""
            with page as (
                select j.id, row_number() over (order by j.id) as n
                from hangfire.job j where j.statename = $1 and j.id > $2 order by j.id limit {PageSize})
            select page.id, job.stateid, job.is_lost, page.n = {PageSize}
            from page cross join lateral (
                select j.stateid, {LiveJob.Sql} is not true and exists (
                    select from hangfire.state s where s.id = j.stateid and s.createdat < now() - interval '1 minute') as is_lost
                from hangfire.job j where j.id = page.id limit 1) as job
            where job.is_lost or page.n = {PageSize} order by page.n
            """, [state, lookedAt[state]],
            row => (Lost: new Lost(row.GetInt64(0), row.GetInt64(1), why), IsLost: row.GetBoolean(2), EndsPage: row.GetBoolean(3)), cancel);
        lookedAt[state] = page.Where(row => row.EndsPage).Select(row => row.Lost.Job).SingleOrDefault();
        return page.Where(row => row.IsLost).Select(row => row.Lost);
    }

    // One statement: change, queue and the row in repairs are committed together. Whatever has got another state meanwhile, or is locked by
    // somebody who may give it one, is left alone. A job that was scheduled keeps its time.
    private async Task<int> PutBackAsync(List<Lost> found, CancellationToken cancel)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var repaired = await database.ExecuteAsync("""
            with lost as (
                select j.id, j.invocationdata ->> 'Queue' as queue, j.arguments ->> 0 as argument, found.why,
                       j.statename = 'Scheduled' as is_scheduled,
                       (select s.data ->> 'EnqueueAt' from hangfire.state s where s.id = j.stateid) as due
                from unnest($4::bigint[], $5::bigint[], $6::text[]) as found(id, stateid, why)
                join hangfire.job j on j.id = found.id and j.stateid = found.stateid
                order by j.id for update of j skip locked),
            state as (
                insert into hangfire.state (jobid, name, reason, createdat, data)
                select id, 'Enqueued', 'Requeued by reconciliation', $1,
                       jsonb_build_object('EnqueuedAt', $2::text, 'Queue', coalesce(queue, 'default'))
                from lost where not is_scheduled
                returning id, jobid),
            job as (
                update hangfire.job j set stateid = state.id, statename = 'Enqueued' from state where j.id = state.jobid),
            queued as (
                insert into hangfire.jobqueue (jobid, queue) select id, coalesce(queue, 'default') from lost where not is_scheduled),
            scheduled as (
                insert into hangfire.set (key, score, value)
                select 'schedule', case when due ~ '^[0-9]+$' then due::float8 / 1000 else extract(epoch from now()) end,
                       concat(queue || ':', id)
                from lost where is_scheduled
                on conflict do nothing)
            insert into orders.repairs (kind, subject, found, done)
            select $3, coalesce(trim('"' from argument), 'job ' || id), 'job ' || id || ': ' || why,
                   case when is_scheduled then 'put it back into the schedule' else 'put it back into its queue' end
            from lost
            """,
            [
                now, JobHelper.SerializeDateTime(now), RepairKind.JobLost, found.Select(lost => lost.Job).ToArray(),
                found.Select(lost => lost.State).ToArray(), found.Select(lost => lost.Why).ToArray(),
            ], cancel);
        if (repaired > 0) jobs.Committed();
        Measures.Repairs.Add(repaired, new KeyValuePair<string, object?>(Tags.Kind, RepairKind.JobLost));
        return repaired;
    }
}
