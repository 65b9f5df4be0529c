using Storefront.Jobs.Database;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Orders;

public sealed partial class OrderStore
{
    /// <summary>
    /// Writes down the intent before anybody is asked, so that a crash from here on leaves something to repair from.
    /// A key that is known resumes its order where nobody works on it.
    /// </summary>
    public async Task<Opened> OpenAsync(OrderDraft draft, CancellationToken cancel)
    {
        CrashPoint.At("before-intent");
        var lease = new Lease(draft.Id, Guid.NewGuid(), draft.Traits);
        await using var insert = database.Query("""
            with opened as (
                insert into orders.orders (id, idempotency_key, request_hash, status, email, name, line1, line2, city, postal_code, country,
                                           currency, total, lease_token, lease_until, trace_parent, key, account)
                values ($1, $2, $3, 'reserving', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + $14, $19, $20, $21)
                on conflict (idempotency_key) do nothing
                returning id),
            lines as (
                insert into orders.lines (order_id, position, sku, name, quantity, unit_price)
                select opened.id, line.position, line.sku, line.name, line.quantity, line.unit_price
                from opened, unnest($15::text[], $16::text[], $17::int[], $18::numeric[])
                    with ordinality as line(sku, name, quantity, unit_price, position))
            select count(*) from opened
            """,
            draft.Id, draft.IdempotencyKey, draft.RequestHash, draft.Email, draft.Name,
            draft.Address.Line1, draft.Address.Line2, draft.Address.City, draft.Address.PostalCode, draft.Address.Country,
            draft.Currency, draft.Total, lease.Token, LeaseTime,
            draft.Lines.Select(line => line.Sku).ToArray(), draft.Lines.Select(line => line.Name).ToArray(),
            draft.Lines.Select(line => line.Quantity).ToArray(), draft.Lines.Select(line => line.UnitPrice).ToArray(), Spans.Current,
            draft.Key, draft.Account);
        var opened = await ConnectionLoss.RetryAsync(clock, async _ => await insert.ExecuteScalarAsync(cancel) is 1L, cancel);
        CrashPoint.At("after-intent");
        return opened ? new Opened.Ours(lease, draft.Lines, Known: false) : await ResumeAsync(draft, lease, cancel);
    }

    private async Task<Opened> ResumeAsync(OrderDraft draft, Lease lease, CancellationToken cancel)
    {
        var (id, hash) = (await database.ReadAsync(
            "select id, request_hash from orders.orders where idempotency_key = $1", [draft.IdempotencyKey],
            row => (row.GetGuid(0), row.GetFieldValue<byte[]>(1)), cancel)).Single();
        if (id == draft.Id) return new Opened.Ours(lease, draft.Lines, Known: false); // our own first time, whose answer got lost
        if (!hash.AsSpan().SequenceEqual(draft.RequestHash)) return new Opened.KeyReused();

        lease = lease with { OrderId = id };
        var known = await ReopenAsync(lease, cancel);
        var order = (await FindAsync(id, cancel))!;
        if (known is { } asked) return new Opened.Ours(lease with { Traits = order.Traits }, order.Lines, asked);
        return order.Status == OrderStatus.Reserving ? new Opened.Busy() : new Opened.Settled(order);
    }

    // Open, or failed with nothing taken and nothing released: only then may the same id ask again. Also returns whether it
    // was open, since somebody who asked Inventory in between would have left something there.
    private async Task<bool?> ReopenAsync(Lease lease, CancellationToken cancel) => (bool?)await database.AskAsync("""
        with before as (
            select id, status from orders.orders
            where id = $1
              and (status = 'reserving' and (lease_until is null or lease_until < now())
                   or status = 'failed' and failure in ('not-sent', 'refused') and not exists (select 1 from orders.deliveries
                       where order_id = $1))
            for update)
        update orders.orders o
        set status = 'reserving', failure = null, lease_token = $2, lease_until = now() + $3,
            created_at = case when before.status = 'failed' then now() else created_at end
        from before where o.id = before.id
        returning before.status = 'reserving'
        """, [lease.OrderId, lease.Token, LeaseTime], cancel);
}
