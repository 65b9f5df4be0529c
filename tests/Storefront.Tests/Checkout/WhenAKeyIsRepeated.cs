using System.Net;
using Storefront.Tests.Support;

namespace Storefront.Tests.Checkout;

/// <summary>
/// The first request under a key got no answer, so it may hold the stock. No answer to the second request changes that.
/// </summary>
public sealed class WhenAKeyIsRepeated(WhenAKeyIsRepeated.ShopWithShortTimeouts shop)
    : IClassFixture<WhenAKeyIsRepeated.ShopWithShortTimeouts>, IAsyncDisposable
{
    private readonly string key = Guid.NewGuid().ToString();

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Fact]
    public async Task When_Inventory_cannot_be_asked_again_the_order_stays_open()
    {
        await LeaveOpenAsync(Goods.Lamp);
        await shop.Partners.BreakAsync("inventory", new { status = 429, retryAfterSeconds = 60 });

        var repeated = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)), key);

        repeated.StatusCode.ShouldBe(HttpStatusCode.Accepted, "the stock is held, and nobody may say that nothing was taken");
        var order = await repeated.JsonAsync();
        order.Status().ShouldBe("reserving");
        (await FinishingJobsAsync(order.Id())).ShouldBe(1);
    }

    [Fact]
    public async Task When_the_second_request_is_sold_out_the_stock_of_the_first_is_released()
    {
        await LeaveOpenAsync(Goods.Brush, new { hang = true });
        await shop.Partners.HealAsync();
        await shop.Partners.SetStockAsync(Goods.Brush, 0);

        var repeated = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Brush, 1)), key);

        repeated.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await CountAsync(
            "select count(*) from orders.deliveries d join orders.orders o on o.id = d.order_id where o.idempotency_key = $1 and d.effect "
                + "= 'stock-release'", key)).ShouldBe(1);
    }

    [Fact]
    public async Task An_order_that_Inventory_refused_by_our_fault_is_placed_by_the_same_key_later()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 10);
        await shop.Partners.BreakAsync("inventory", new { status = 401 });
        (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)), key)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        await shop.Partners.HealAsync();

        (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)), key)).JsonAsync()).Status().ShouldBe("placed");
    }

    private async Task LeaveOpenAsync(string sku, object? fault = null)
    {
        await shop.Partners.SetStockAsync(sku, 10);
        await shop.Partners.BreakAsync("inventory", fault ?? new { dropAfterAccept = 1.0 });
        (await shop.Http.PlaceAsync(AnOrder.Of((sku, 1)), key)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    private Task<long> FinishingJobsAsync(Guid order) =>
        CountAsync("select count(*) from hangfire.job where arguments::text like '%' || $1 || '%'", order.ToString());

    private async Task<long> CountAsync(string sql, string value)
    {
        await using var command = shop.Database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public sealed class ShopWithShortTimeouts : ShopWithoutWorkers
    {
        protected override IEnumerable<(string Key, string Value)> Settings =>
            [.. base.Settings, ("Partners:Inventory:TotalTimeoutSeconds", "1"), ("Partners:Inventory:AttemptTimeoutSeconds", "0.4")];
    }
}
