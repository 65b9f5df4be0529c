using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Retention;
using Storefront.Tests.Support;

namespace Storefront.Tests.Retention;

/// <summary>Personal data is deleted when it is no longer needed. What was sold, and at which price, is kept.</summary>
public sealed class ForgetPeopleTests(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task An_old_order_loses_its_personal_data_and_keeps_its_lines()
    {
        var (old, young) = (await DeliveredAsync(), await DeliveredAsync());
        await AgeAsync(old, days: 731);

        await RunAsync();
        await RunAsync();

        (await TextAsync(
            $"select email || name || line1 || city || postal_code || encode(request_hash, 'hex') "
            + $"from orders.orders where id = '{old}'")).ShouldBe("");
        (await TextAsync(
            $"select count(*)::text from orders.deliveries where order_id = '{old}' "
            + $"and (payload is not null or last_error is not null)")).ShouldBe("0");
        (await shop.Http.OrderAsync(old)).GetProperty("lines").GetArrayLength().ShouldBe(1);
        (await shop.Http.OrderAsync(old)).GetProperty("total").GetDecimal().ShouldBeGreaterThan(0);
        (await shop.Http.GetAsync($"/orders/{AnOrder.KeyOf(old)}")).EnsureSuccessStatusCode();
        (await TextAsync($"select email from orders.orders where id = '{young}'")).ShouldBe("ada@example.com");
    }

    [Fact]
    public async Task An_old_order_no_longer_says_whose_account_it_belonged_to()
    {
        var account = Guid.NewGuid();
        var opened = (Opened.Ours)await shop.Get<OrderStore>().OpenAsync(
            new(
                Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
                [new(Goods.Lamp, "Desk Lamp", 1, 139m)], account),
            TestContext.Current.CancellationToken);
        var order = opened.Lease.OrderId;
        AnOrder.Opens((await shop.Get<OrderStore>().PlaceAsync(opened.Lease)).Key, order);
        await shop.Http.UntilAsync(order, seen => seen.GetProperty("deliveries").EnumerateArray().All(delivery =>
            delivery.GetProperty("effect").GetString() == "review-request" || delivery.GetProperty("state").GetString() == "delivered"),
            "mail, event and points are delivered");
        await ExecuteAsync($"update orders.deliveries set state = 'cancelled' where order_id = '{order}' and state = 'pending'");
        await AgeAsync(order, days: 731);

        await RunAsync();

        foreach (var table in new[] { "orders.orders", "orders.deliveries" })
            (await TextAsync($"select count(*)::text from {table} row where row::text like '%{account}%'")).ShouldBe("0", table);
    }

    [Fact]
    public async Task The_text_of_a_mail_is_deleted_thirty_days_after_its_delivery()
    {
        var order = await DeliveredAsync();
        await AgeAsync(order, days: 31);
        await ExecuteAsync($"update orders.deliveries set delivered_at = now() - interval '29 days' where order_id = '{order}'");
        await RunAsync();
        (await MailAsync(order)).ShouldNotBeNull();

        await ExecuteAsync(
            $"update orders.deliveries set delivered_at = now() - interval '31 days' where order_id = '{order}' and state = 'delivered'");
        await RunAsync();
        (await MailAsync(order)).ShouldBeNull();
        (await shop.Http.OrderAsync(order)).Delivery("order-confirmation").ShouldBe("delivered");
        (await TextAsync($"select email from orders.orders where id = '{order}'")).ShouldBe("ada@example.com");
    }

    [Fact]
    public async Task A_mail_is_stored_apart_from_its_delivery_which_is_read_every_minute()
    {
        await DeliveredAsync();
        (await TextAsync("select (pg_relation_size(reltoastrelid) > 0)::text from pg_class where oid = 'orders.deliveries'::regclass"))
            .ShouldBe("true");
    }

    [Fact]
    public async Task An_order_with_a_pending_delivery_is_left_alone()
    {
        var order = await DeliveredAsync(withdrawReview: false);
        await AgeAsync(order, days: 1000);
        await RunAsync();
        (await TextAsync($"select email from orders.orders where id = '{order}'")).ShouldBe("ada@example.com");
    }

    [Fact]
    public async Task All_of_very_many_orders_are_handled_and_those_with_pending_deliveries_delay_no_other()
    {
        // More orders than two steps take, all placed at the same moment, and their mails delivered at the same moment. Every fourth still
        // has something to send. Other tests have moved delivery times into the past, so the run has to start from the beginning.
        await ExecuteAsync("""
            delete from orders.rounds where name = 'forget-mails';
            insert into orders.orders (
                id, status, email, name, currency, total, created_at, idempotency_key, request_hash, city, country, line1, postal_code)
            select md5('many' || n)::uuid, 'placed', 'ada@example.com', 'Ada', 'EUR', 1, now() - interval '3 years', 'many' || n,
                   '', 'London', 'GB', '1', '1'
            from generate_series(1, 1200) n;
            insert into orders.deliveries (order_id, effect, state, idempotency_key, due_at, delivered_at, payload)
            select md5('many' || n)::uuid, 'order-confirmation', 'delivered', 'many' || n, now(), now() - interval '40 days', '{}'
            from generate_series(1, 1200) n;
            insert into orders.deliveries (order_id, effect, state, idempotency_key, due_at)
            select md5('many' || n)::uuid, 'review-request', 'pending', 'review' || n, now() + interval '1 day'
            from generate_series(4, 1200, 4) n
            """);
        await RunAsync();

        (await TextAsync("select count(*)::text from orders.deliveries where idempotency_key like 'many%' and payload is not null"))
            .ShouldBe("0");
        (await TextAsync("select count(*)::text from orders.orders where idempotency_key like 'many%' and email <> ''")).ShouldBe("300");

        await ExecuteAsync("update orders.deliveries set state = 'cancelled' where idempotency_key similar to 'review[0-9]+'");
        await RunAsync();
        (await TextAsync("select count(*)::text from orders.orders where idempotency_key like 'many%' and email <> ''")).ShouldBe("0");
    }

    // The review request would be due in two weeks, so it is set to delivered here.
    private async Task<Guid> DeliveredAsync(bool withdrawReview = true)
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 10_000);
        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).JsonAsync()).Id();
        await shop.Http.UntilAsync(id,
            order => order.Delivery("order-confirmation") == "delivered" && order.Delivery("order-placed-event") == "delivered",
            "mail and event are delivered");
        if (withdrawReview)
            await ExecuteAsync($"update orders.deliveries set state = 'cancelled' where order_id = '{id}' and state = 'pending'");
        return id;
    }

    private Task AgeAsync(Guid order, int days) => ExecuteAsync($"""
        update orders.orders set created_at = now() - interval '{days} days' where id = '{order}';
        update orders.deliveries set delivered_at = now() - interval '{days} days' where order_id = '{order}' and delivered_at is not null
        """);

    private async Task RunAsync() =>
        await ActivatorUtilities.CreateInstance<ForgetPeople>(shop.Services).RunAsync(TestContext.Current.CancellationToken);

    private Task<string?> MailAsync(Guid order) =>
        TextAsync($"select payload::text from orders.deliveries where order_id = '{order}' and effect = 'order-confirmation'");

    private async Task<string?> TextAsync(string sql)
    {
        await using var query = shop.Database.CreateCommand(sql);
        return await query.ExecuteScalarAsync() as string;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
