using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Loyalty;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Reconciliation;
using Storefront.Tests.BackOffice;
using Storefront.Tests.Support;
using Storefront.Web.Identity;

namespace Storefront.Tests.Loyalty;

/// <summary>A shop may do without this partner: from the beginning, or from some day on.</summary>
public sealed class WithoutLoyaltyTests(WithoutLoyaltyTests.ShopWithOrWithoutPoints shop)
    : IClassFixture<WithoutLoyaltyTests.ShopWithOrWithoutPoints>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_waits_for_a_partner_that_the_shop_does_without_is_delivered_once_it_is_back()
    {
        await shop.RestartAsync(hasPoints: true, workers: 0);
        var (kept, cancelled) = (await PlaceAsync(), await PlaceAsync());

        await shop.RestartAsync(hasPoints: false, workers: 8);
        var without = await PlaceAsync();
        (await shop.Get<OrderStore>().CancelAsync(cancelled, OrderStore.ShoppersMayCancelWithin)).ShouldBeOfType<Cancelled.Done>();
        await shop.Http.UntilAsync(kept, order => order.Delivery("order-confirmation") == "delivered", "the others are delivered");
        await shop.Get<Npgsql.NpgsqlDataSource>().CreateCommand("""
            update orders.deliveries set due_at = due_at - interval '1 hour' where effect like 'loyalty%';
            update hangfire.state set createdat = createdat - interval '1 hour'
            """).ExecuteNonQueryAsync(Cancel);
        await ReconcileAsync();
        await ReconcileAsync();

        (await FindAsync(without)).Deliveries.ShouldNotContain(delivery => delivery.Effect.StartsWith("loyalty"));
        (await StateAsync(kept, LoyaltyPoints.Credited)).ShouldBe(DeliveryState.Pending);
        (await StateAsync(cancelled, LoyaltyPoints.Reversed)).ShouldBe(DeliveryState.Pending);
        (await CountAsync("select count(*) from orders.repairs where found like 'loyalty%'")).ShouldBe(0);

        await shop.RestartAsync(hasPoints: true, workers: 8);
        await shop.Http.UntilAsync(kept, order => order.Delivery(LoyaltyPoints.Credited) == "delivered", "the points are credited");
        await shop.Http.UntilAsync(cancelled, order => order.Delivery(LoyaltyPoints.Reversed) == "delivered", "the points are reversed");
        await shop.Http.UntilAsync(cancelled, order => order.Delivery(LoyaltyPoints.Credited) == "delivered", "the entry is known");
        (await StatusOfPointsAsync(kept), await StatusOfPointsAsync(cancelled)).ShouldBe(("credited", "reversed"));
    }

    [Fact]
    public async Task Staff_see_that_the_partner_is_missing_and_can_discard_what_waits_for_it()
    {
        await shop.RestartAsync(hasPoints: true, workers: 0);
        var order = await PlaceAsync();
        await shop.RestartAsync(hasPoints: false, workers: 0);

        var staff = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        (await staff.OpenAsync("/admin/partners")).Text.ShouldContain("does without Loyalty");
        (await staff.OpenAsync($"/admin/orders/{order}")).Text.ShouldContain("Loyalty");

        (await shop.Get<OperatorActions>().SendAgainAsync(order, LoyaltyPoints.Credited, DeliveryState.Pending, false, "ada", null, Cancel))
            .ShouldNotBeNull().ShouldContain("does without Loyalty");
        (await shop.Get<OperatorActions>().DiscardAsync(order, LoyaltyPoints.Credited, DeliveryState.Pending, "ada", "over", Cancel))
            .ShouldBeNull();
        (await StateAsync(order, LoyaltyPoints.Credited)).ShouldBe(DeliveryState.Cancelled);
    }

    [Fact]
    public async Task The_pages_show_an_order_with_an_effect_that_only_a_newer_version_knows()
    {
        var order = await PlaceAsync();
        await shop.Get<Npgsql.NpgsqlDataSource>().CreateCommand($"""
            update orders.deliveries set effect = 'gift-wrapping', state = 'dead', partner_reference = 'x'
            where order_id = '{order}' and effect = 'review-request'
            """).ExecuteNonQueryAsync(Cancel);

        var staff = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        (await staff.OpenAsync($"/admin/orders/{order}")).Text.ShouldContain("gift-wrapping");
        (await staff.OpenAsync("/admin/failures")).Text.ShouldContain("gift-wrapping");
        (await shop.Http.GetAsync($"/orders/{(await FindAsync(order)).Key}", Cancel)).EnsureSuccessStatusCode();
    }

    private Task ReconcileAsync() => ActivatorUtilities.CreateInstance<ReconcileOrders>(shop.Services).RunAsync(Cancel);

    private async Task<Guid> PlaceAsync()
    {
        var orders = shop.Get<OrderStore>();
        var opened = (Opened.Ours)await orders.OpenAsync(
            new(
                Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
                [new(Goods.Lamp, "Desk Lamp", 1, 139m)], Guid.NewGuid()),
            Cancel);
        var order = await orders.PlaceAsync(opened.Lease);
        AnOrder.Opens(order.Key, order.Id);
        return order.Id;
    }

    private async Task<Order> FindAsync(Guid order) => (await shop.Get<OrderStore>().FindAsync(order))!;

    private async Task<DeliveryState> StateAsync(Guid order, string effect) =>
        (await FindAsync(order)).Deliveries.Single(delivery => delivery.Effect == effect).State;

    private async Task<string?> StatusOfPointsAsync(Guid order) => (await shop.Partners.PointsAsync())
        .Single(entry => entry.GetProperty("entry").GetString() == $"{order}").GetProperty("status").GetString();

    private async Task<long> CountAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    public sealed class ShopWithOrWithoutPoints : Shop
    {
        private (bool HasPoints, int Workers) now = (true, 8);

        protected override IEnumerable<(string Key, string Value)> Settings =>
        [
            ("Jobs:Workers", $"{now.Workers}"),
            .. now.HasPoints ? [] : new[] { ("Partners:Loyalty:BaseUrl", ""), ("Partners:Loyalty:ApiKey", "") },
        ];

        public Task RestartAsync(bool hasPoints, int workers)
        {
            now = (hasPoints, workers);
            return RestartAsync(() => Task.CompletedTask);
        }
    }
}
