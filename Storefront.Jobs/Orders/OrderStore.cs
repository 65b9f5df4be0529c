using System.Text.Json;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Orders;

/// <summary>The only writer of orders. Each method is one transaction; the clock is the database's, one for all nodes.</summary>
public sealed class OrderStore(NpgsqlDataSource database, TransactionalJobs jobs, EffectCatalogue effects, TimeProvider clock)
{
    /// <summary>Longer than the inline call can take, so that only a process that died leaves a lease to run out.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    public static readonly TimeSpan ShoppersMayCancelWithin = TimeSpan.FromMinutes(30);

    /// <summary>The order with its lines and deliveries, or null.</summary>
    public async Task<Order?> FindAsync(Guid id, CancellationToken cancel = default) =>
        (await database.ReadAsync(OrderRow.Select, [id], OrderRow.Read, cancel)).SingleOrDefault();

    /// <summary>True when an order was written down under this key, whatever became of it.</summary>
    public async Task<bool> KnowsAsync(string idempotencyKey, CancellationToken cancel) =>
        (await database.ReadAsync(
            "select 1 from orders.orders where idempotency_key = $1", [idempotencyKey], row => row.GetInt32(0), cancel)).Count > 0;

    /// <summary>
    /// Writes down the intent before anybody is asked, so that a crash from here on leaves something to repair from.
    /// A key that is known resumes its order where nobody works on it.
    /// </summary>
    public async Task<Opened> OpenAsync(OrderDraft draft, CancellationToken cancel)
    {
        CrashPoint.At("before-intent");
        var lease = new Lease(draft.Id, Guid.NewGuid());
        await using var insert = database.Query("""
            with opened as (
                insert into orders.orders (id, idempotency_key, request_hash, status, email, name, line1, line2, city, postal_code, country,
                                           currency, total, lease_token, lease_until, trace_parent)
                values ($1, $2, $3, 'reserving', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + $14, $19)
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
            draft.Lines.Select(line => line.Quantity).ToArray(), draft.Lines.Select(line => line.UnitPrice).ToArray(), Spans.Current);
        var opened = await ConnectionLoss.RetryAsync(clock, async _ => await insert.ExecuteScalarAsync(cancel) is 1L, cancel);
        CrashPoint.At("after-intent");
        return opened
            ? new Opened.Ours(lease, draft.Lines, Known: false)
            : await ResumeAsync(draft, lease, cancel);
    }

    /// <summary>Takes the lease of an open order that nobody works on. Null: somebody does, or it is no longer open.</summary>
    public async Task<Lease?> LeaseAsync(Guid orderId, CancellationToken cancel)
    {
        var lease = new Lease(orderId, Guid.NewGuid());
        var taken = await database.ExecuteAsync("""
            update orders.orders set lease_token = $2, lease_until = now() + $3
            where id = $1 and status = 'reserving' and (lease_until is null or lease_until < now())
            """, [orderId, lease.Token, LeaseTime], cancel);
        return taken == 1 ? lease : null;
    }

    /// <summary>
    /// Writes down what was decided. The order, its effects and the jobs that do them become true together, or not at all.
    /// </summary>
    public Task<Order> SettleAsync(Lease lease, Decision decision, CancellationToken cancel = default) => decision switch
    {
        Decision.Place => SettleAsync(lease, OrderStatus.Placed, null, [], effects.Placing, cancel),
        Decision.Refuse no => SettleAsync(
            lease, no.Status, no.Why, no.Shortfalls, effects.Refusing(no.Release, no.Apologise), cancel),
        _ => LeaveOpenAsync(lease, cancel),
    };

    /// <summary>
    /// Takes a placed order back: its stock, its mail and its event of cancellation become true with it, and what is not due yet is
    /// withdrawn.
    /// </summary>
    /// <param name="within">How long after it was placed; <see cref="ShoppersMayCancelWithin"/> for its shopper.</param>
    public Task<Cancelled> CancelAsync(Guid orderId, TimeSpan within, CancellationToken cancel = default) =>
        CancelAsync(orderId, within, audit: null, cancel);

    /// <inheritdoc cref="CancelAsync(Guid, TimeSpan, CancellationToken)"/>
    /// <param name="audit">Who did it, where it was not the shopper: true together with it.</param>
    public async Task<Cancelled> CancelAsync(Guid orderId, TimeSpan within, AuditEntry? audit, CancellationToken cancel)
    {
        if (await FindAsync(orderId, cancel) is not { } order) return new Cancelled.NoSuchOrder();
        if (order.Status == OrderStatus.Cancelled) return new Cancelled.Done(order);

        using var span = Spans.StartCommit();
        try
        {
            await jobs.WithFreeIdsAsync(async () =>
            {
                await using var batch = database.CreateBatch();
                batch.BatchCommands.Add(Sql.InBatch("select orders.cancel($1, $2)", orderId, within));
                await AddEffectsAsync(batch, orderId, effects.Cancelling, cancel);
                if (audit is not null) batch.BatchCommands.Add(audit.Row());
                return await ConnectionLoss.RetryAsync(clock, _ => batch.ExecuteNonQueryAsync(cancel), cancel);
            });
            jobs.Committed();
        }
        catch (PostgresException refused) when (refused.SqlState == "SF002")
        {
            // Not open to cancellation when it was tried; it may have been cancelled meanwhile, by somebody else or by our own first time.
        }

        order = (await FindAsync(orderId, cancel))!;
        return order.Status switch
        {
            OrderStatus.Cancelled => new Cancelled.Done(order),
            OrderStatus.Placed =>
                new Cancelled.TooLate($"Orders can be cancelled for {within.TotalMinutes:0} minutes after they were placed."),
            OrderStatus.Reserving => new Cancelled.TooLate("It is still being confirmed. Try again in a moment."),
            _ => new Cancelled.TooLate("It did not come about in the first place."),
        };
    }

    /// <summary>Gives the lease back and leaves the order open.</summary>
    public async Task YieldAsync(Lease lease, CancellationToken cancel = default)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Sql.InBatch(
            "update orders.orders set lease_token = null, lease_until = null where id = $1 and lease_token = $2", lease.OrderId,
            lease.Token));
        batch.AddCalls(lease.OrderId, CallRows.Reservation);
        await ConnectionLoss.RetryAsync(clock, _ => batch.ExecuteNonQueryAsync(cancel), cancel);
    }

    // The order stays open. One job asks again until the answer is known, however often the shopper repeats the order.
    private async Task<Order> LeaveOpenAsync(Lease lease, CancellationToken cancel)
    {
        if (await HasFinishingJobAsync(lease.OrderId, cancel))
        {
            await YieldAsync(lease, cancel);
            return (await FindAsync(lease.OrderId, cancel))!;
        }

        using var span = Spans.StartCommit();
        return await jobs.WithFreeIdsAsync(async () =>
        {
            await using var batch = database.CreateBatch();
            var job = await jobs.EnqueueInAsync(batch, [FinishOrder.Job(lease.OrderId)], cancel);
            batch.BatchCommands.Insert(0, Settle(lease, OrderStatus.Reserving, null, [], job[0]));
            batch.AddCalls(lease.OrderId, CallRows.Reservation);
            return await CommitAsync(batch, lease, OrderStatus.Reserving, [Queues.Critical], cancel);
        });
    }

    private async Task<bool> HasFinishingJobAsync(Guid orderId, CancellationToken cancel)
    {
        await using var ask = database.Query(
            $"select {LiveJob.Sql} from orders.orders o join hangfire.job j on j.id = o.finish_job_id where o.id = $1", orderId);
        return await ask.ExecuteScalarAsync(cancel) is true;
    }

    private Task<Order> SettleAsync(
        Lease lease, OrderStatus status, OrderFailure? why, IReadOnlyList<Shortfall> shortfalls, IReadOnlyList<Effect> due,
        CancellationToken cancel) =>
        jobs.WithFreeIdsAsync(() => SettleOnceAsync(lease, status, why, shortfalls, due, cancel));

    private async Task<Order> SettleOnceAsync(
        Lease lease, OrderStatus status, OrderFailure? why, IReadOnlyList<Shortfall> shortfalls, IReadOnlyList<Effect> due,
        CancellationToken cancel)
    {
        using var span = Spans.StartCommit();
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Settle(lease, status, why, shortfalls, job: null));
        await AddEffectsAsync(batch, lease.OrderId, due, cancel);
        batch.AddCalls(lease.OrderId, CallRows.Reservation);

        // Until the next line nothing has happened; after it, everything will.
        return await CommitAsync(batch, lease, status, due.Select(effect => effect.Queue), cancel);
    }

    private async Task AddEffectsAsync(NpgsqlBatch batch, Guid orderId, IReadOnlyList<Effect> due, CancellationToken cancel)
    {
        if (due.Count == 0) return;
        var ids = await jobs.EnqueueInAsync(batch, [.. due.Select(effect => effect.JobFor(orderId, clock.GetUtcNow()))], cancel);
        batch.BatchCommands.Add(Ledger.Rows(orderId, due, ids));
    }

    /// <summary>The order as it is then.</summary>
    private async Task<Order> CommitAsync(
        NpgsqlBatch batch, Lease lease, OrderStatus status, IEnumerable<string> queues, CancellationToken cancel)
    {
        batch.BatchCommands.Add(Sql.InBatch(OrderRow.Select, lease.OrderId));
        CrashPoint.At("before-commit");
        var order = await ConnectionLoss.RetryAsync(clock, async again =>
        {
            try
            {
                return await ExecuteAsync(batch, cancel);
            }
            catch (PostgresException lost) when (lost.SqlState == "SF001")
            {
                // The second time, the lease may be gone because the first time happened: the order itself says.
                return again && await HappenedAsync(lease, status, cancel)
                    ? (await FindAsync(lease.OrderId, cancel))! : throw new LeaseLostException(lease.OrderId);
            }
        }, cancel);
        CrashPoint.At("after-commit");
        jobs.Committed([.. queues]);
        return order;
    }

    private static async Task<Order> ExecuteAsync(NpgsqlBatch batch, CancellationToken cancel)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        await reader.NextResultAsync(cancel); // past what settling returns
        await reader.ReadAsync(cancel);
        var order = OrderRow.Read(reader);
        await reader.NextResultAsync(cancel); // the commit is at the very end
        return order;
    }

    private async Task<bool> HappenedAsync(Lease lease, OrderStatus status, CancellationToken cancel)
    {
        await using var read = database.Query(
            "select 1 from orders.orders where id = $1 and status = $2 and lease_token is distinct from $3",
            lease.OrderId, EnumName.Of(status), lease.Token);
        return await read.ExecuteScalarAsync(cancel) is not null;
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
        if (known is { } asked) return new Opened.Ours(lease, order.Lines, asked);
        return order.Status == OrderStatus.Reserving ? new Opened.Busy() : new Opened.Settled(order);
    }

    // Open, or failed with nothing taken and nothing released: only then may the same id ask again. Says in the same breath whether
    // it was open, since somebody who asked Inventory in between would have left something there.
    private async Task<bool?> ReopenAsync(Lease lease, CancellationToken cancel)
    {
        await using var reopen = database.Query("""
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
            """, lease.OrderId, lease.Token, LeaseTime);
        return (bool?)await reopen.ExecuteScalarAsync(cancel);
    }

    private static NpgsqlBatchCommand Settle(
        Lease lease, OrderStatus status, OrderFailure? why, IReadOnlyList<Shortfall> shortfalls, long? job) =>
        Sql.InBatch(
            "select orders.settle($1, $2, $3, $4, $5::jsonb, $6)",
            lease.OrderId, lease.Token, EnumName.Of(status), why is { } failure ? EnumName.Of(failure) : null,
            StorableJson.From(JsonSerializer.Serialize(shortfalls, JsonSerializerOptions.Web)), job);
}
