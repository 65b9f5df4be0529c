using System.Net;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

/// <summary>When all connections are in use, shoppers wait, and no order fails.</summary>
public sealed class SmallPoolTests(SmallPoolTests.ShopWithFiveConnections shop) : IClassFixture<SmallPoolTests.ShopWithFiveConnections>
{
    [Fact]
    public async Task A_hundred_orders_at_once_succeed_with_five_connections()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 10_000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))));

        answers.Select(answer => answer.StatusCode).Distinct().ShouldBe([HttpStatusCode.Created]);
    }

    public sealed class ShopWithFiveConnections : ShopWithoutWorkers
    {
        // Only database connections are scarce in this test, so Inventory gets long timeouts.
        protected override IEnumerable<(string Key, string Value)> Settings =>
        [
            .. base.Settings, ("ConnectionStrings:Storefront", ConnectionString + ";Maximum Pool Size=5"),
            ("Partners:Inventory:AttemptTimeoutSeconds", "20"), ("Partners:Inventory:TotalTimeoutSeconds", "25"),
        ];
    }
}
