using System.Diagnostics;
using System.Net;
using Storefront.Jobs.Orders;
using Storefront.Tests.Support;
using Storefront.Web.Checkout;

namespace Storefront.Tests.Api;

/// <summary>One call places an order and shows what came of its effects.</summary>
public sealed class WaitTests(Shop shop) : IClassFixture<Shop>, IAsyncLifetime
{
    // So long that only a wait that ends by itself is seen to end.
    private static readonly TimeSpan VeryLong = TimeSpan.FromHours(1);

    public async ValueTask InitializeAsync() => await shop.Partners.SetStockAsync(Goods.Lamp, 100_000);

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Fact]
    public async Task A_call_that_waits_is_answered_with_everything_delivered_or_when_the_time_is_up()
    {
        var watch = Stopwatch.StartNew();
        var response = await PlaceAsync("wait=10s");
        var timeIsUp = watch.Elapsed >= TimeSpan.FromSeconds(10);

        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        var order = await response.JsonAsync();
        (order.Delivery("order-confirmation") == "delivered" || timeIsUp).ShouldBeTrue();
        (order.Delivery("order-placed-event") == "delivered" || timeIsUp).ShouldBeTrue();
        order.Delivery("review-request").ShouldBe("pending");
    }

    [Fact]
    public async Task When_the_time_is_up_the_answer_says_how_far_each_effect_is()
    {
        await shop.Partners.BreakAsync("email", new { hang = true });

        var watch = Stopwatch.StartNew();
        var order = await (await PlaceAsync("wait=500ms")).JsonAsync();

        watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(500));
        order.Delivery("order-confirmation").ShouldBe("pending");
        order.Delivery("order-placed-event").ShouldNotBeNull();
    }

    [Fact]
    public async Task Only_the_named_effects_are_waited_for()
    {
        await shop.Partners.BreakAsync("email", new { hang = true });

        var order = await WaitAsync(await PlacedAsync(), "order-placed-event");

        State(order, "order-placed-event").ShouldBe(DeliveryState.Delivered);
        State(order, "order-confirmation").ShouldBe(DeliveryState.Pending);
    }

    [Fact]
    public async Task An_effect_that_is_given_up_is_not_waited_for_any_longer()
    {
        await shop.Partners.BreakAsync("email", new { status = 422 });

        State(await WaitAsync(await PlacedAsync()), "order-confirmation").ShouldBe(DeliveryState.Dead);
    }

    [Fact]
    public async Task An_order_that_is_being_confirmed_is_waited_for_until_it_is_placed_and_its_effects_are_delivered()
    {
        await shop.Partners.BreakAsync("inventory", new { dropAfterAccept = 1 });
        var response = await PlaceAsync("");
        response.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var open = (await shop.Get<OrderStore>().FindAsync((await response.JsonAsync()).Id()))!;
        await shop.Partners.HealAsync();

        var result = await WaitAsync(new CheckoutResult.Confirming(open, Replayed: false));

        var (order, replayed) = result.ShouldBeOfType<CheckoutResult.Placed>();
        replayed.ShouldBeFalse();
        State(order, "order-confirmation").ShouldBe(DeliveryState.Delivered);
    }

    [Fact]
    public async Task An_order_that_turns_out_to_be_sold_out_ends_the_wait_although_its_apology_is_not_sent()
    {
        await shop.Partners.BreakAsync("inventory", new { status = 500 });
        var response = await PlaceAsync("");
        response.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var open = (await shop.Get<OrderStore>().FindAsync((await response.JsonAsync()).Id()))!;
        await shop.Partners.SetStockAsync(Goods.Lamp, 0);
        await shop.Partners.HealAsync();
        await shop.Partners.BreakAsync("email", new { hang = true });

        var result = await WaitAsync(new CheckoutResult.Confirming(open, Replayed: false));

        result.ShouldBeOfType<CheckoutResult.Confirming>().Order.Status.ShouldBe(OrderStatus.Rejected);
    }

    [Fact]
    public async Task What_is_planned_for_later_is_not_waited_for_also_if_it_is_named()
    {
        var order = await WaitAsync(await PlacedAsync(), "review-request");

        State(order, "review-request").ShouldBe(DeliveryState.Pending);
    }

    [Fact]
    public async Task The_effects_of_an_order_that_was_confirmed_late_are_waited_for()
    {
        var order = await PlacedAsync();
        await shop.Database.CreateCommand($"update orders.orders set created_at = now() - interval '20 minutes' where id = '{order.Id}'")
            .ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        State(await WaitAsync((await shop.Get<OrderStore>().FindAsync(order.Id))!), "order-confirmation")
            .ShouldBe(DeliveryState.Delivered);
    }

    [Fact]
    public async Task The_named_effects_alone_are_waited_for_over_HTTP_too()
    {
        await shop.Partners.BreakAsync("email", new { hang = true });
        var key = Guid.NewGuid().ToString();
        await PlaceAsync("", key);
        await Eventually.Async(
            async () => (await (await PlaceAsync("", key)).JsonAsync()).Delivery("order-placed-event"), state => state == "delivered",
            "the event is delivered");

        var watch = Stopwatch.StartNew();
        (await PlaceAsync("wait=10s&effects=order-placed-event", key)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var named = watch.Elapsed;
        watch.Restart();
        (await PlaceAsync("wait=1s", key)).StatusCode.ShouldBe(HttpStatusCode.OK);

        watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1), "the mail is waited for");
        named.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task While_very_many_calls_wait_a_further_one_is_answered_at_once()
    {
        await shop.Partners.BreakAsync("email", new { hang = true });
        var placed = new CheckoutResult.Placed(await PlacedAsync(), Replayed: false);
        using var end = new CancellationTokenSource();
        var waiting = shop.Get<EffectsWait>();
        var calls = Enumerable.Range(0, EffectsWait.MostCalls).Select(_ => waiting.WaitAsync(placed, VeryLong, [], end.Token)).ToList();

        await WaitAsync(placed);

        calls.ShouldAllBe(call => !call.IsCompleted);
        await end.CancelAsync();
        foreach (var call in calls) await Should.ThrowAsync<OperationCanceledException>(call);
    }

    [Theory]
    [InlineData("wait=", "wait")]
    [InlineData("wait=soon", "wait")]
    [InlineData("wait=-1s", "wait")]
    [InlineData("wait=11s", "wait")]
    [InlineData("wait=99999s", "wait")]
    [InlineData("wait=2", "wait")]
    [InlineData("wait=2s%0A", "wait")]
    [InlineData("wait=2s&effects=no-such-effect", "effects")]
    [InlineData("effects=order-confirmation", "effects")]
    public async Task A_time_or_an_effect_that_makes_no_sense_is_refused_and_nothing_is_ordered(string query, string parameter)
    {
        var key = Guid.NewGuid().ToString();

        var response = await PlaceAsync(query, key);

        response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await response.JsonAsync()).GetProperty("errors").TryGetProperty(parameter, out _).ShouldBeTrue();
        (await PlaceAsync("", key)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    private Task<HttpResponseMessage> PlaceAsync(string query, string? key = null) =>
        shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)), key, $"/api/v1/orders?{query}");

    private async Task<Order> PlacedAsync() =>
        (await shop.Get<OrderStore>().FindAsync((await (await PlaceAsync("")).JsonAsync()).Id()))!;

    private async Task<Order> WaitAsync(Order order, params string[] effects) =>
        (await WaitAsync(new CheckoutResult.Placed(order, Replayed: false), effects)).ShouldBeOfType<CheckoutResult.Placed>().Order;

    private Task<CheckoutResult> WaitAsync(CheckoutResult result, params string[] effects) =>
        shop.Get<EffectsWait>().WaitAsync(result, VeryLong, effects, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(3));

    private static DeliveryState State(Order order, string effect) =>
        order.Deliveries.Single(delivery => delivery.Effect == effect).State;
}
