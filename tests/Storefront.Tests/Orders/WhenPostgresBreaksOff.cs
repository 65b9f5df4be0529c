using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Storefront.Jobs.Orders;
using Storefront.Tests.Support;

namespace Storefront.Tests.Orders;

/// <summary>The connection breaks at COMMIT, and the caller does not know whether it was committed.</summary>
public sealed class WhenPostgresBreaksOff : IClassFixture<ShopWithoutWorkers>, IAsyncDisposable
{
    private readonly ShopWithoutWorkers shop;
    private readonly LossyWire wire;
    private readonly OrderStore orders;

    public WhenPostgresBreaksOff(ShopWithoutWorkers shop)
    {
        this.shop = shop;
        wire = new LossyWire(shop.ConnectionString);
        orders = ActivatorUtilities.CreateInstance<OrderStore>(shop.Services, wire.Database);
    }

    public ValueTask DisposeAsync() => wire.DisposeAsync();

    [Theory, InlineData(Lost.Answer), InlineData(Lost.Request)]
    public async Task When_the_answer_to_a_placement_is_lost_the_order_is_placed_once(Lost lost)
    {
        var lease = await OpenAsync();
        wire.Lose(lost, "with settled as");

        await orders.PlaceAsync(lease);

        wire.Breaks.ShouldBe(1);
        (await StatusAsync(lease.OrderId)).ShouldBe("placed");
        (await JobsOfAsync(lease.OrderId)).ShouldBe(3);
    }

    [Theory, InlineData(Lost.Answer), InlineData(Lost.Request)]
    public async Task When_the_answer_to_opening_an_order_is_lost_the_order_is_stored_once(Lost lost)
    {
        var draft = Draft(Guid.NewGuid().ToString());
        wire.Lose(lost, "insert into orders.orders");

        var opened = (await orders.OpenAsync(draft, CancellationToken.None)).ShouldBeOfType<Opened.Ours>();

        wire.Breaks.ShouldBe(1);
        opened.Known.ShouldBeFalse();
        await orders.PlaceAsync(opened.Lease);
        (await JobsOfAsync(draft.Id)).ShouldBe(3);
    }

    [Theory, InlineData(Lost.Answer), InlineData(Lost.Request)]
    public async Task When_the_answer_to_leaving_an_order_open_is_lost_one_job_finishes_it(Lost lost)
    {
        var lease = await OpenAsync();
        wire.Lose(lost, "with settled as");

        await orders.LeaveOpenAsync(lease);

        (await JobsOfAsync(lease.OrderId)).ShouldBe(1);
        (await orders.TakeLeaseAsync(lease.OrderId, CancellationToken.None)).ShouldNotBeNull("the lease was given back");
    }

    [Theory, InlineData(Lost.Answer), InlineData(Lost.Request)]
    public async Task When_the_answer_to_a_cancellation_is_lost_the_order_is_cancelled_once(Lost lost)
    {
        var lease = await OpenAsync();
        await orders.PlaceAsync(lease);
        wire.Lose(lost, "orders.cancel");

        (await orders.CancelAsync(lease.OrderId, OrderStore.ShoppersMayCancelWithin)).ShouldBeOfType<Cancelled.Done>();

        (await JobsOfAsync(lease.OrderId)).ShouldBe(6);
    }

    [Fact]
    public async Task A_caller_that_lost_its_lease_during_an_outage_gets_a_LeaseLostException()
    {
        var lease = await OpenAsync();
        wire.Lose(Lost.Request, "with settled as", meanwhile: async () =>
        {
            await ExecuteAsync("update orders.orders set lease_until = now() - interval '1 second' where id = $1", lease.OrderId);
            var other = (await shop.Get<OrderStore>().TakeLeaseAsync(lease.OrderId, CancellationToken.None))!;
            await shop.Get<OrderStore>().RejectAsync(other, OrderFailure.SoldOut, [], release: true, apologise: false);
        });

        await Should.ThrowAsync<LeaseLostException>(() => orders.PlaceAsync(lease));

        (await StatusAsync(lease.OrderId)).ShouldBe("rejected");
    }

    [Fact]
    public async Task A_commit_whose_backend_is_terminated_is_retried()
    {
        // The backend is terminated at the first commit of this order, as by a restart.
        var lease = await OpenAsync();
        await ExecuteAsync("create sequence public.deaths");
        await ExecuteAsync($"""
            create function public.die_once() returns trigger language plpgsql as $$
            begin
                if new.id = '{lease.OrderId}' and nextval('public.deaths') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;
                return null;
            end $$
            """);
        await ExecuteAsync(
            "create constraint trigger die_once after update on orders.orders deferrable initially deferred for each row execute function "
                + "public.die_once()");

        await orders.PlaceAsync(lease);

        (await ScalarAsync("select last_value from public.deaths")).ShouldBe(2L);
        (await JobsOfAsync(lease.OrderId)).ShouldBe(3);
    }

    private async Task<Lease> OpenAsync() =>
        ((Opened.Ours)await shop.Get<OrderStore>().OpenAsync(Draft(Guid.NewGuid().ToString()), CancellationToken.None)).Lease;

    private static OrderDraft Draft(string key) => new(
        key, [1, 2, 3], "ada@example.com", "Ada", new Address("Line 1", null, "London", "SW1", "GB"), "EUR",
        [new("A", "A thing", 2, 3.50m)]);

    private async Task<long> JobsOfAsync(Guid order) =>
        (long)(await ScalarAsync("select count(*) from hangfire.job where arguments::text like '%' || $1::text || '%'", order))!;

    private async Task<string?> StatusAsync(Guid order) =>
        (string?)await ScalarAsync("select status from orders.orders where id = $1", order);

    private Task ExecuteAsync(string sql, params object[] values) => ScalarAsync(sql, values);

    private async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var command = shop.Database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync();
    }
}
