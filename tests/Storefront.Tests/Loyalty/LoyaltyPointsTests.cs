using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Loyalty;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Tests.Support;

namespace Storefront.Tests.Loyalty;

/// <summary>The jobs are run by the test, one after another.</summary>
public sealed class LoyaltyPointsTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>, IAsyncLifetime
{
    private readonly Guid account = Guid.NewGuid();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Fact]
    public async Task An_order_of_an_account_is_credited_once_with_a_point_for_each_unit_rounded_down()
    {
        var order = await PlaceAsync(139.95m);

        await CreditAsync(order);
        await CreditAsync(order);

        var entry = (await EntryAsync(order))!.Value;
        entry.GetProperty("points").GetInt32().ShouldBe(139);
        entry.GetProperty("member").GetString().ShouldBe($"{account}");
        entry.GetProperty("deliveries").GetInt32().ShouldBe(1);
        (await DeliveryAsync(order, LoyaltyPoints.Credited)).ShouldBe(DeliveryState.Delivered);
    }

    [Fact]
    public async Task A_guest_order_collects_no_points_and_its_cancellation_takes_none_back()
    {
        var order = await PlaceAsync(139m, account: null);
        await CancelAsync(order);

        (await FindAsync(order)).Deliveries.ShouldNotContain(delivery =>
            delivery.Effect == LoyaltyPoints.Credited || delivery.Effect == LoyaltyPoints.Reversed);
    }

    [Fact]
    public async Task Points_whose_answer_was_lost_are_credited_once_and_as_they_were_at_first()
    {
        var order = await PlaceAsync(100m);
        await shop.Partners.BreakAsync("loyalty", new { dropAfterAccept = 1 });
        await Should.ThrowAsync<RetryLater>(CreditAsync(order));
        await shop.Partners.HealAsync();

        var options = shop.Get<IOptions<LoyaltyOptions>>().Value;
        options.PointsPerUnit = 2;
        try
        {
            await CreditAsync(order);
        }
        finally
        {
            options.PointsPerUnit = 1;
        }

        var entry = (await EntryAsync(order))!.Value;
        (entry.GetProperty("points").GetInt32(), entry.GetProperty("deliveries").GetInt32()).ShouldBe((100, 2));
        (await DeliveryAsync(order, LoyaltyPoints.Credited)).ShouldBe(DeliveryState.Delivered);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Points_of_a_cancelled_order_are_taken_back_whichever_job_comes_first(bool creditFirst)
    {
        var order = await PlaceAsync(100m);
        await CancelAsync(order);

        if (creditFirst) await CreditAsync(order);
        await ReverseAsync(order);
        if (!creditFirst) await CreditAsync(order);

        (await EntryAsync(order))!.Value.GetProperty("status").GetString().ShouldBe("reversed");
        (await DeliveryAsync(order, LoyaltyPoints.Credited)).ShouldBe(DeliveryState.Delivered);
        (await DeliveryAsync(order, LoyaltyPoints.Reversed)).ShouldBe(DeliveryState.Delivered);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_order_whose_lease_another_process_takes_over_keeps_its_account(bool byKey)
    {
        var orders = shop.Get<OrderStore>();
        var draft = Draft(100m, account);
        var opened = (Opened.Ours)await orders.OpenAsync(draft, CancellationToken.None);
        await orders.ReleaseLeaseAsync(opened.Lease);

        var lease = byKey
            ? ((Opened.Ours)await orders.OpenAsync(Draft(100m, account: null, draft.IdempotencyKey), CancellationToken.None)).Lease
            : await orders.TakeLeaseAsync(draft.Id, CancellationToken.None);
        var order = await orders.PlaceAsync(lease!);

        order.Account.ShouldBe(account);
        order.Deliveries.ShouldContain(delivery => delivery.Effect == LoyaltyPoints.Credited);
    }

    [Fact]
    public async Task A_refusal_is_left_to_a_person()
    {
        var order = await PlaceAsync(100m);
        await shop.Partners.BreakAsync("loyalty", new
        {
            status = 422, body = """{"title":"No","status":422,"code":"malformed_request"}""", contentType = "application/problem+json",
        });

        await Should.ThrowAsync<DeadLetter>(CreditAsync(order));

        (await DeliveryAsync(order, LoyaltyPoints.Credited)).ShouldBe(DeliveryState.Dead);
    }

    [Fact]
    public async Task A_request_to_wait_uses_up_no_attempt()
    {
        var order = await PlaceAsync(100m);
        await shop.Partners.BreakAsync("loyalty", new { status = 429, retryAfterSeconds = 7 });

        (await Should.ThrowAsync<RetryLater>(CreditAsync(order))).Deferred.ShouldBeTrue();

        (await FindAsync(order)).Deliveries.Single(delivery => delivery.Effect == LoyaltyPoints.Credited).Attempts.ShouldBe(0);
    }

    [Fact]
    public async Task Another_number_of_points_under_the_same_order_is_left_to_a_person()
    {
        var order = await PlaceAsync(100m);
        await CreditAsync(order);
        await ExecuteAsync($$"""
            update orders.deliveries set state = 'pending', payload = '{"points": 7}'
            where order_id = '{{order}}' and effect = 'loyalty-points'
            """);

        await Should.ThrowAsync<DeadLetter>(CreditAsync(order));

        (await EntryAsync(order))!.Value.GetProperty("points").GetInt32().ShouldBe(100);
    }

    private async Task<Guid> PlaceAsync(decimal total) => await PlaceAsync(total, account);

    private async Task<Guid> PlaceAsync(decimal total, Guid? account)
    {
        var orders = shop.Get<OrderStore>();
        var opened = (Opened.Ours)await orders.OpenAsync(Draft(total, account), CancellationToken.None);
        await orders.PlaceAsync(opened.Lease);
        return opened.Lease.OrderId;
    }

    private static OrderDraft Draft(decimal total, Guid? account, string? key = null) => new(
        key ?? Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
        [new(Goods.Lamp, "Desk Lamp", 1, total)], account);

    private async Task CancelAsync(Guid order) =>
        (await shop.Get<OrderStore>().CancelAsync(order, OrderStore.ShoppersMayCancelWithin)).ShouldBeOfType<Cancelled.Done>();

    private Task CreditAsync(Guid order) =>
        ActivatorUtilities.CreateInstance<CreditPoints>(shop.Services).RunAsync(order, CancellationToken.None);

    private Task ReverseAsync(Guid order) =>
        ActivatorUtilities.CreateInstance<ReversePoints>(shop.Services).RunAsync(order, CancellationToken.None);

    private async Task<Order> FindAsync(Guid order) => (await shop.Get<OrderStore>().FindAsync(order))!;

    private async Task<DeliveryState> DeliveryAsync(Guid order, string effect) =>
        (await FindAsync(order)).Deliveries.Single(delivery => delivery.Effect == effect).State;

    private async Task<JsonElement?> EntryAsync(Guid order) => (await shop.Partners.PointsAsync()).Cast<JsonElement?>()
        .SingleOrDefault(entry => entry!.Value.GetProperty("entry").GetString() == $"{order}");

    private async Task ExecuteAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
