using System.Net;
using Storefront.Tests.Support;

namespace Storefront.Tests.Checkout;

/// <summary>Nobody listens at Inventory's address, so the call was certainly not sent.</summary>
public sealed class WhenInventoryIsNotThere(WhenInventoryIsNotThere.ShopWithoutInventory shop)
    : IClassFixture<WhenInventoryIsNotThere.ShopWithoutInventory>
{
    [Fact]
    public async Task When_Inventory_is_unreachable_the_shopper_learns_that_nothing_was_ordered_and_can_retry()
    {
        var key = Guid.NewGuid().ToString();
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var response = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)), key);
            response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await response.CodeAsync()).ShouldBe("inventory_unavailable");
            response.Headers.RetryAfter.ShouldNotBeNull();
        }

        await using var count =
            shop.Database.CreateCommand("select count(*), min(status), min(failure) from orders.orders where idempotency_key = $1");
        count.Parameters.Add(new() { Value = key });
        await using var row = await count.ExecuteReaderAsync();
        await row.ReadAsync();
        row.GetInt64(0).ShouldBe(1);
        row.GetString(1).ShouldBe("failed");
        row.GetString(2).ShouldBe("not-sent");
    }

    public sealed class ShopWithoutInventory : Shop
    {
        // Nobody listens on port 1, so the connection is refused at once.
        protected override IEnumerable<(string Key, string Value)> Settings => [("Partners:Inventory:BaseUrl", "http://127.0.0.1:1")];
    }
}
