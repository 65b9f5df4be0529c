using Hangfire.Common;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Reconciliation;

/// <summary>
/// Puts jobs back into their queue that Hangfire will not run again, although nobody said that they should not: those it failed only
/// because it could not write their state down for a while, and those that seem to run but stand in no queue.
/// </summary>
internal sealed class LostJobs(NpgsqlDataSource database, TransactionalJobs jobs, TimeProvider clock)
{
    /// <summary>Why Hangfire failed jobs whose state it could not write down, as a pattern of SQL.</summary>
    public const string Outage = "Failed to change state%";

    private const int Most = 500;

    /// <summary>One statement: change, queue and the row in <c>repairs</c> are committed together. Returns how many.</summary>
    public async Task<int> RequeueAsync(CancellationToken cancel)
    {
        var requeued = await database.ExecuteAsync($"""
            with lost as (
                select j.id, coalesce(j.invocationdata ->> 'Queue', 'default') as queue, j.arguments ->> 0 as argument, found.why as found
                from (
                    select j.id, s.reason as why from hangfire.state s join hangfire.job j on j.id = s.jobid and j.stateid = s.id
                    where s.reason like '{Outage}' and j.statename = 'Failed'
                    union all
                    select j.id, 'processing, and in no queue' from hangfire.job j
                    where j.statename = 'Processing' and not exists (select 1 from hangfire.jobqueue q where q.jobid = j.id)
                    order by id limit {Most}) as found
                join hangfire.job j on j.id = found.id and j.statename in ('Failed', 'Processing')
                order by j.id for update of j skip locked),
            state as (
                insert into hangfire.state (jobid, name, reason, createdat, data)
                select id, 'Enqueued', 'Requeued by reconciliation', $1, jsonb_build_object('EnqueuedAt', $2::text, 'Queue', queue)
                    from lost
                returning id, jobid),
            job as (
                update hangfire.job j set stateid = state.id, statename = 'Enqueued' from state where j.id = state.jobid),
            queued as (
                insert into hangfire.jobqueue (jobid, queue) select id, queue from lost)
            insert into orders.repairs (kind, subject, found, done)
            select $3, coalesce(trim('"' from argument), 'job ' || id), 'job ' || id || ': ' || found, 'put it back into its queue'
                from lost
            """, [clock.GetUtcNow().UtcDateTime, JobHelper.SerializeDateTime(clock.GetUtcNow().UtcDateTime), RepairKind.JobLost], cancel);
        if (requeued > 0) jobs.Committed();
        Measures.Repairs.Add(requeued, new KeyValuePair<string, object?>(Tags.Kind, RepairKind.JobLost));
        return requeued;
    }
}
