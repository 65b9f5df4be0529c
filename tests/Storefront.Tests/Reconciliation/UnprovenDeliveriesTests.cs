using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Analytics;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Reconciliation;
using Storefront.Tests.Support;

namespace Storefront.Tests.Reconciliation;

/// <summary>"Delivered" without the partner's id is no proof. It is sent again while the key is known, then left to a person.</summary>
public sealed class UnprovenDeliveriesTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    private readonly OrderStore orders = shop.Get<OrderStore>();

    [Fact]
    public async Task An_unproven_mail_whose_key_Email_still_knows_is_sent_again_under_that_key()
    {
        var id = await PlaceAsync();
        await RunAsync<SendOrderConfirmation>(id);
        await UnproveAsync(id, EffectNames.OrderConfirmation);

        await ReconcileAsync();
        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).State.ShouldBe(DeliveryState.Pending);
        await RunAsync<SendOrderConfirmation>(id);

        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).Reference.ShouldNotBeNullOrEmpty();
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem().GetProperty("deliveries").GetInt32().ShouldBe(2);
        (await RepairsAsync(id)).ShouldBe(["delivery-without-proof: sent it again under the same key"]);
    }

    [Theory]
    [InlineData("first_attempt_at = first_attempt_at - interval '24 hours'")]
    [InlineData("payload = null")]
    public async Task An_unproven_mail_whose_key_or_text_is_gone_is_left_to_a_person(string change)
    {
        var id = await PlaceAsync();
        await RunAsync<SendOrderConfirmation>(id);
        await UnproveAsync(id, EffectNames.OrderConfirmation, change + ", ");

        await ReconcileAsync();
        await ReconcileAsync();

        var delivery = await DeliveryAsync(id, EffectNames.OrderConfirmation);
        delivery.State.ShouldBe(DeliveryState.Dead);
        delivery.LastError!.ShouldContain("Look it up at the partner");
        (await RepairsAsync(id)).ShouldBe(["delivery-without-proof: marked it dead: for a human"]);
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem().GetProperty("deliveries").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task An_unproven_event_is_sent_again_at_any_age()
    {
        var id = await PlaceAsync();
        await RunAsync<TrackOrderPlaced>(id);
        await UnproveAsync(id, EffectNames.OrderPlacedEvent, "first_attempt_at = first_attempt_at - interval '30 days', ");

        await ReconcileAsync();
        await RunAsync<TrackOrderPlaced>(id);

        var delivery = await DeliveryAsync(id, EffectNames.OrderPlacedEvent);
        delivery.State.ShouldBe(DeliveryState.Delivered);
        delivery.Reference.ShouldNotBeNullOrEmpty();
        (await shop.Partners.EventsOfAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_delivery_with_the_partners_id_is_left_alone()
    {
        var id = await PlaceAsync();
        await RunAsync<SendOrderConfirmation>(id);

        await ReconcileAsync();

        (await DeliveryAsync(id, EffectNames.OrderConfirmation)).State.ShouldBe(DeliveryState.Delivered);
        (await RepairsAsync(id)).ShouldBeEmpty();
    }

    private Task ReconcileAsync() => ActivatorUtilities.CreateInstance<ReconcileOrders>(shop.Services).RunAsync(CancellationToken.None);

    private Task RunAsync<TJob>(Guid id) where TJob : IEffectJob =>
        ActivatorUtilities.CreateInstance<TJob>(shop.Services).RunAsync(id, CancellationToken.None);

    private async Task<Guid> PlaceAsync()
    {
        var opened = (Opened.Ours)await orders.OpenAsync(
            new(
                Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
                [new(Goods.Lamp, "Desk Lamp", 1, 139m)]),
            CancellationToken.None);
        await orders.PlaceAsync(opened.Lease);
        return opened.Lease.OrderId;
    }

    private async Task<OrderStory.Entry> DeliveryAsync(Guid id, string effect) =>
        (await shop.Get<OrderStory>().LedgerAsync(id, CancellationToken.None)).Single(delivery => delivery.Effect == effect);

    private async Task UnproveAsync(Guid id, string effect, string change = "")
    {
        await using var command = shop.Database.CreateCommand(
            $"update orders.deliveries set {change}partner_reference = null where order_id = $1 and effect = '{effect}'");
        command.Parameters.Add(new() { Value = id });
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    private async Task<string[]> RepairsAsync(Guid id)
    {
        await using var command = shop.Database.CreateCommand(
            "select coalesce(array_agg(kind || ': ' || done order by id), '{}') from orders.repairs where subject = $1::text");
        command.Parameters.Add(new() { Value = id });
        return (string[])(await command.ExecuteScalarAsync())!;
    }
}
