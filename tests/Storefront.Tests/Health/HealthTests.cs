using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Storefront.Tests.Support;

namespace Storefront.Tests.Health;

public sealed class HealthTests(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task Readiness_is_healthy_with_all_partners_and_degraded_when_one_fails()
    {
        (await shop.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var ready = await UntilAsync("Healthy", "the job servers have checked in");
        ready.GetProperty("checks").EnumerateObject().Select(check => check.Name)
            .ShouldBe(["postgres", "jobs", "reconciliation", "partners"], ignoreOrder: true);

        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        await shop.Partners.BreakAsync("email", new { status = 500 });
        await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)));

        var troubled = await UntilAsync("Degraded", "the failed mail was noticed");
        troubled.GetProperty("checks").GetProperty("partners").GetProperty("data").GetProperty("Email").GetString()
            .ShouldBe("its latest call failed");
        (await shop.Http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private Task<JsonElement> UntilAsync(string status, string because) => Eventually.Async(
        () => shop.Http.GetFromJsonAsync<JsonElement>("/health/ready"), report => report.GetProperty("status").GetString() == status,
        because);
}
