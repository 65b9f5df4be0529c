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
    public async Task A_call_that_does_not_wait_is_answered_while_a_partner_hangs()
    {
        await shop.Partners.BreakAsync("email", new { hang = true });

        (await (await PlaceAsync("")).JsonAsync()).Delivery("order-confirmation").ShouldBe("pending");
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
    public async Task An_order_that_turns_out_to_be_sold_out_ends_the_wait()
    {
        await shop.Partners.BreakAsync("inventory", new { status = 500 });
        var response = await PlaceAsync("");
        response.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var open = (await shop.Get<OrderStore>().FindAsync((await response.JsonAsync()).Id()))!;
        await shop.Partners.SetStockAsync(Goods.Lamp, 0);
        await shop.Partners.HealAsync();

        (await WaitAsync(new CheckoutResult.Confirming(open, Replayed: false))).ShouldBeOfType<CheckoutResult.SoldOut>();
    }

    [Fact]
    public async Task A_repeat_waits_as_well()
    {
        var key = Guid.NewGuid().ToString();
        await PlaceAsync("", key);

        var watch = Stopwatch.StartNew();
        var repeat = await PlaceAsync("wait=10s", key);

        repeat.StatusCode.ShouldBe(HttpStatusCode.OK);
        var timeIsUp = watch.Elapsed >= TimeSpan.FromSeconds(10);
        ((await repeat.JsonAsync()).Delivery("order-confirmation") == "delivered" || timeIsUp).ShouldBeTrue();
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
