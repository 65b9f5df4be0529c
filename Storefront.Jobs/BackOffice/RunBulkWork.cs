using System.Text.Json;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.BackOffice;

/// <summary>
/// Walks through the deliveries that were meant, in the order of their keys. Each step changes a hundred and writes down how far it came in
/// the same transaction: run twice, it goes on where it was.
/// </summary>
internal class RunBulkWork(
    NpgsqlDataSource database, TransactionalJobs jobs, EffectCatalogue effects, PartnerGates gates, TimeProvider clock)
{
    private const int Step = 100;

    public async Task RunAsync(Guid id, CancellationToken cancel)
    {
        var tried = new HashSet<string>();
        while (await StepAsync(id, tried, cancel)) cancel.ThrowIfCancellationRequested();
    }

    /// <param name="tried">Partners whose break was ended for this work: once each, and not with every step.</param>
    private async Task<bool> StepAsync(Guid id, HashSet<string> tried, CancellationToken cancel)
    {
        var work = (await database.ReadAsync(
            "select action, filter, at, coalesce(last_order, '00000000-0000-0000-0000-000000000000'), coalesce(last_effect, '') from "
                + "orders.bulks where id = $1 and finished_at is null",
            [id], row => new Work(id, row.GetString(0),
                JsonSerializer.Deserialize<BulkWork.Stored>(row.GetString(1), JsonSerializerOptions.Web)!,
                row.GetFieldValue<DateTimeOffset>(2), row.GetGuid(3), row.GetString(4)), cancel)).SingleOrDefault();
        if (work is null) return false;

        var next = await NextAsync(work, cancel);
        if (work.Action == BulkWork.Retry)
            foreach (var partner in next.Select(one => effects.NameOfPartner(one.Effect)).Where(tried.Add).ToList())
                await gates.ProbeNowAsync(partner, cancel);
        await jobs.CommitAsync(batch => ApplyAsync(batch, work, next, cancel), cancel);
        return next.Count > 0;
    }

    private async Task<List<Meant>> NextAsync(Work work, CancellationToken cancel)
    {
        var where = work.Stored.Filter.Where(effects);
        where.And($"(d.order_id, d.effect) > ({work.LastOrder}, {work.LastEffect})");
        return await database.ReadAsync($"""
            select d.order_id, d.effect, d.job_id, coalesce({FailureFilter.KeyForgotten(effects)}, false), (select o.trace_parent
                from orders.orders o where o.id = d.order_id)
            from orders.deliveries d {where} order by d.order_id, d.effect limit {Step}
            """, where.Values,
            row => new Meant(row.GetGuid(0), row.GetString(1), row.GetFieldValue<long?>(2), row.GetBoolean(3), row.TextOrNull(4)), cancel);
    }

    private async Task ApplyAsync(NpgsqlBatch batch, Work work, List<Meant> next, CancellationToken cancel)
    {
        var chosen = next.Where(one => work.Action == BulkWork.Discard
            || effects.HasPartnerOf(one.Effect) && (work.Stored.MaybeTwice || !one.Doubtful)).ToList();
        var ids = work.Action != BulkWork.Retry ? [] : await jobs.EnqueueInAsync(
            batch, [.. chosen.Select(
                one => effects.Named(one.Effect).JobFor(one.OrderId, clock.GetUtcNow()) with { RunAt = null, TraceParent = one.Trace })],
                cancel);
        batch.BatchCommands.Add(Sql.InBatch($"""
            with changed as (
                update orders.deliveries d set {(work.Action == BulkWork.Retry ? Again : Aside)},
                    in_doubt_since = case when $7 then null else d.in_doubt_since end
                from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) as one(order_id, effect, old_job, new_job)
                where d.order_id = one.order_id and d.effect = one.effect and d.job_id is not distinct from one.old_job
                  and (d.state = 'dead' or d.state = 'pending' and d.next_attempt_at is not null)
                returning 1)
            update orders.bulks b set
                done = done + (select count(*) from changed), skipped = skipped + $6 - (select count(*) from changed),
                last_order = coalesce($8, last_order), last_effect = coalesce($9, last_effect),
                finished_at = case when $6 = 0 then now() end
            where id = $5 and last_order is not distinct from nullif($10, '00000000-0000-0000-0000-000000000000'::uuid)
                and last_effect is not distinct from nullif($11, '')
            """,
            chosen.Select(one => one.OrderId).ToArray(), chosen.Select(one => one.Effect).ToArray(),
            chosen.Select(one => one.JobId).ToArray(),
            work.Action == BulkWork.Retry ? ids.Cast<long?>().ToArray() : new long?[chosen.Count],
            work.Id, next.Count, work.Stored.MaybeTwice, next.LastOrDefault()?.OrderId, next.LastOrDefault()?.Effect, work.LastOrder,
            work.LastEffect));
    }

    private const string Again = "state = 'pending', job_id = one.new_job, attempts = 0, next_attempt_at = null";

    private const string Aside = "state = 'cancelled', next_attempt_at = null";

    private sealed record Work(Guid Id, string Action, BulkWork.Stored Stored, DateTimeOffset At, Guid LastOrder, string LastEffect);

    private sealed record Meant(Guid OrderId, string Effect, long? JobId, bool Doubtful, string? Trace);
}
