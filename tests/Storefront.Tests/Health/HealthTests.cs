using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Storefront.Tests.Support;

namespace Storefront.Tests.Health;

public sealed class HealthTests(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task Live_and_ready_when_everything_is_there()
    {
        (await shop.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var ready = await Eventually.Async(
            () => shop.Http.GetFromJsonAsync<JsonElement>("/health/ready"), report => report.GetProperty("status").GetString() == "Healthy", "the job servers have checked in");
        ready.GetProperty("checks").EnumerateObject().Select(check => check.Name).ShouldBe(["postgres", "jobs", "partners"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_partner_in_trouble_degrades_and_does_not_kill()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        await shop.Partners.BreakAsync("email", new { status = 500 });
        await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)));

        var report = await Eventually.Async(
            async () => (Status: (await shop.Http.GetAsync("/health/ready")).StatusCode, Body: await shop.Http.GetFromJsonAsync<JsonElement>("/health/ready")),
            seen => seen.Body.GetProperty("status").GetString() == "Degraded", "the failed mail was noticed");
        report.Status.ShouldBe(HttpStatusCode.OK);
        report.Body.GetProperty("checks").GetProperty("partners").GetProperty("data").GetProperty("Email").GetString().ShouldBe("its latest call failed");
    }
}
