using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;

namespace Storefront.Jobs.Email;

/// <summary>
/// Finds an order again: its link goes by mail to the address it was placed with. Whoever asks learns nothing from us, not even
/// from the time it takes: a job is written whether or not there is such an order.
/// </summary>
public sealed class OrderLinks(NpgsqlDataSource database, TransactionalJobs jobs, EffectCatalogue effects, TimeProvider clock)
{
    /// <summary>Whoever asks again after this has not got the mail; whoever asks sooner fills somebody's inbox.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    public async Task SendAsync(long number, string email, CancellationToken cancel)
    {
        var found = await database.ReadAsync(
            "select id from orders.orders where number = $1 and lower(email) = lower($2)", [number, email], row => row.GetGuid(0), cancel);
        var order = found is [var id] ? id : Guid.NewGuid();

        await jobs.CommitAsync(async batch =>
        {
            var job = (await jobs.EnqueueInAsync(batch, [effects.Link.JobFor(order, clock.GetUtcNow())], cancel))[0];
            // The one effect an order may have again, so each time has a key of its own.
            batch.BatchCommands.Add(Sql.InBatch("""
                insert into orders.deliveries as known (order_id, effect, state, idempotency_key, due_at, job_id)
                select id, $2, 'pending', $3, now(), $4 from orders.orders where id = $1
                on conflict (order_id, effect) do update
                set state = excluded.state, idempotency_key = excluded.idempotency_key, due_at = excluded.due_at, job_id = excluded.job_id,
                    attempts = 0, payload = null, first_attempt_at = null, next_attempt_at = null, delivered_at = null,
                    partner_reference = null, last_error = null, in_doubt_since = null
                where known.state <> 'pending' and (known.delivered_at is null or known.delivered_at < now() - $5)
                """, order, EffectNames.OrderLink, $"{effects.Link.IdempotencyKey(order)}/{job}", job, Pause));
        }, cancel);
    }
}
