using Npgsql;
using Storefront.Jobs.Orders;
using Storefront.Tests.Support;

namespace Storefront.Tests.Orders;

public sealed class OrderStoreTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    private OrderStore Orders => shop.Get<OrderStore>();

    [Fact]
    public async Task Order_ledger_jobs_and_queue_rows_are_written_by_one_transaction()
    {
        var lease = await OpenAsync();
        await Orders.PlaceAsync(lease);

        var writers = await ReadAsync("""
            select xmin::text from orders.orders where id = $1
            union all select xmin::text from orders.deliveries where order_id = $1
            union all select j.xmin::text from hangfire.job j join orders.deliveries d on d.job_id = j.id where d.order_id = $1
            union all select s.xmin::text from hangfire.state s join orders.deliveries d on d.job_id = s.jobid where d.order_id = $1
            union all select q.xmin::text from hangfire.jobqueue q join orders.deliveries d on d.job_id = q.jobid where d.order_id = $1
            """, lease.OrderId);

        writers.Count.ShouldBe(1 + 3 + 3 + 3 + 2); // The review request is scheduled, so it has no queue row.
        writers.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_order_whose_job_ids_are_already_in_use_is_placed_with_other_ids()
    {
        await Orders.PlaceAsync(await OpenAsync());
        await using var others = shop.Database.CreateCommand("""
            insert into hangfire.job (id, invocationdata, arguments, createdat)
            select id, '{}', '[]', now()
            from generate_series((select max(id) from hangfire.job) + 1, (select max(id) from hangfire.job) + 500) as id
            """);
        await others.ExecuteNonQueryAsync();

        var lease = await OpenAsync();
        (await Orders.PlaceAsync(lease)).Status.ShouldBe(OrderStatus.Placed);
        (await JobsOfAsync(lease.OrderId)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_lost_lease_leaves_no_job_behind()
    {
        var lease = await OpenAsync();
        await Should.ThrowAsync<LeaseLostException>(() => Orders.PlaceAsync(lease with { Token = Guid.NewGuid() }));

        (await JobsOfAsync(lease.OrderId)).ShouldBeEmpty();
        (await Orders.FindAsync(lease.OrderId))!.Status.ShouldBe(OrderStatus.Reserving);
    }

    [Fact]
    public async Task Of_64_concurrent_checkouts_those_that_fail_leave_no_job()
    {
        var leases = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => OpenAsync()));

        await Task.WhenAll(leases.Select(async (lease, index) =>
        {
            if (index % 2 == 0) await Orders.PlaceAsync(lease);
            else await Should.ThrowAsync<LeaseLostException>(() => Orders.PlaceAsync(lease with { Token = Guid.NewGuid() }));
        }));

        for (var i = 0; i < leases.Length; i++) (await JobsOfAsync(leases[i].OrderId)).Count.ShouldBe(i % 2 == 0 ? 3 : 0);
    }

    [Fact]
    public async Task Of_many_calls_with_the_same_lease_only_one_places_the_order()
    {
        var lease = await OpenAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            try
            {
                await Orders.PlaceAsync(lease);
                return true;
            }
            catch (LeaseLostException)
            {
                return false;
            }
        }));

        outcomes.Count(placed => placed).ShouldBe(1);
        (await JobsOfAsync(lease.OrderId)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Concurrent_requests_with_one_key_open_one_order()
    {
        var draft = Draft(Guid.NewGuid().ToString());
        var opened =
            await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Orders.OpenAsync(Draft(draft.IdempotencyKey), CancellationToken.None)));

        opened.OfType<Opened.Ours>().ShouldHaveSingleItem();
        opened.OfType<Opened.Busy>().Count().ShouldBe(15);
    }

    private async Task<Lease> OpenAsync() =>
        ((Opened.Ours)await Orders.OpenAsync(Draft(Guid.NewGuid().ToString()), CancellationToken.None)).Lease;

    private static OrderDraft Draft(string key) => new(
        key, [1, 2, 3], "ada@example.com", "Ada", new Address("Line 1", null, "London", "SW1", "GB"), "EUR",
        [new("A", "A thing", 2, 3.50m)]);

    // The only argument of these jobs is the id of their order.
    private Task<List<string>> JobsOfAsync(Guid order) =>
        ReadAsync("select id::text from hangfire.job where arguments::text like '%' || $1::text || '%'", order);

    private async Task<List<string>> ReadAsync(string sql, Guid order)
    {
        await using var command = shop.Database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = order });
        await using var rows = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await rows.ReadAsync()) values.Add(rows.GetString(0));
        return values;
    }
}
