using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Reconciliation;
using Storefront.Tests.Support;

namespace Storefront.Tests.Reconciliation;

/// <summary>A round repairs all that it finds, and what it cannot repair hides nothing that comes after it.</summary>
public sealed class LargeOutageTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>, IAsyncLifetime
{
    // More than a page, whichever it is.
    private const int Many = 2100;

    private Guid open, placed;

    public async ValueTask InitializeAsync()
    {
        await ExecuteAsync("truncate orders.orders, orders.repairs, hangfire.job, hangfire.jobqueue cascade");
        (open, placed) = ((await OpenAsync()).OrderId, (await PlaceAsync()).OrderId);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Very_many_open_orders_are_repaired_in_one_round()
    {
        await CopyAsync(open);

        await ReconcileAsync();

        // On a slow machine the order that was copied has been open for too long by now, too.
        (await RepairsAsync(RepairKind.OrderLeftOpen)).ShouldBeInRange(Many, Many + 1);
    }

    [Fact]
    public async Task Very_many_deliveries_without_a_job_are_repaired_in_one_round()
    {
        await CopyAsync(placed);

        await ReconcileAsync();

        (await RepairsAsync(RepairKind.DeliveryWithoutJob)).ShouldBe(Many);
    }

    [Theory]
    [InlineData("now()")]
    [InlineData("null")]
    public async Task Very_many_deliveries_without_proof_are_repaired_in_one_round(string deliveredAt)
    {
        await CopyAsync(placed);
        await ExecuteAsync($"update orders.deliveries set state = 'delivered', delivered_at = {deliveredAt} where job_id is null");

        await ReconcileAsync();

        (await RepairsAsync(RepairKind.DeliveryWithoutProof)).ShouldBe(Many);
    }

    [Fact]
    public async Task Very_many_lost_jobs_are_put_back_in_one_round()
    {
        await LoseJobsAsync();

        await ReconcileAsync();

        (await RepairsAsync(RepairKind.JobLost)).ShouldBe(Many);
    }

    [Fact]
    public async Task A_lost_job_behind_very_many_locked_ones_is_put_back()
    {
        await LoseJobsAsync();

        await using (await LockAsync("""
            select from hangfire.job where statename = 'Processing' and id < (select max(id) from hangfire.job) for update
            """))
            await ReconcileAsync();

        (await RepairsAsync(RepairKind.JobLost)).ShouldBe(1);
    }

    private Task ReconcileAsync() => ActivatorUtilities.CreateInstance<ReconcileOrders>(shop.Services).RunAsync(CancellationToken.None);

    private async Task<Lease> OpenAsync() => ((Opened.Ours)await shop.Get<OrderStore>().OpenAsync(
        new(Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
            [new(Goods.Lamp, "Desk Lamp", 1, 139m)]),
        CancellationToken.None)).Lease;

    private async Task<Lease> PlaceAsync()
    {
        var lease = await OpenAsync();
        await shop.Get<OrderStore>().PlaceAsync(lease);
        return lease;
    }

    // Orders of a minute ago, with a confirmation where they are placed. Nothing of them has a job.
    private Task CopyAsync(Guid order) => ExecuteAsync($"""
        with copy as (
            insert into orders.orders (id, idempotency_key, request_hash, status, email, name, line1, city, postal_code, country, currency,
                                       total, created_at, placed_at)
            select gen_random_uuid(), 'copy-' || n, '\x01', status, email, name, line1, city, postal_code, country, currency, total,
                   created_at - interval '1 minute', placed_at
            from orders.orders, generate_series(1, {Many}) n where id = '{order}' returning id)
        insert into orders.deliveries (order_id, effect, state, idempotency_key, due_at)
        select copy.id, d.effect, d.state, d.effect || '/' || copy.id, d.due_at - interval '1 minute'
        from copy, orders.deliveries d where d.order_id = '{order}' and d.effect = 'order-confirmation'
        """);

    // They seem to run, and stand in no queue.
    private Task LoseJobsAsync() => ExecuteAsync($"""
        with one as (
            select nextval('hangfire.job_id_seq') as id, nextval('hangfire.state_id_seq') as state, n from generate_series(1, {Many}) n),
        job as (
            insert into hangfire.job (id, stateid, statename, invocationdata, arguments, createdat)
            select one.id, state, 'Processing', j.invocationdata, jsonb_build_array('"lost-' || n || '"'), now()
            from one, (select * from hangfire.job limit 1) j)
        insert into hangfire.state (id, jobid, name, createdat, data) select state, id, 'Processing', now(), '{"{}"}' from one
        """);

    // As a session does that is idle in its transaction.
    private async Task<NpgsqlConnection> LockAsync(string locking)
    {
        var holder = await shop.Database.OpenConnectionAsync();
        await new NpgsqlCommand($"begin; {locking}", holder).ExecuteNonQueryAsync();
        return holder;
    }

    private async Task<int> RepairsAsync(string kind)
    {
        await using var count = shop.Database.CreateCommand($"select count(*)::int from orders.repairs where kind = '{kind}'");
        return (int)(await count.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
