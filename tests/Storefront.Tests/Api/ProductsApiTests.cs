using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Storefront.Tests.Support;

namespace Storefront.Tests.Api;

public sealed class ProductsApiTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>, IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await shop.Partners.HealAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(500)]
    public async Task Following_the_next_links_visits_every_product_once(int limit)
    {
        var seen = new List<string>();
        for (var next = $"/api/v1/products?limit={limit}"; next is not null;)
        {
            var response = await shop.Http.GetAsync(next);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            var page = (await response.Content.ReadFromJsonAsync<JsonElement[]>())!;
            page.Length.ShouldBeLessThanOrEqualTo(limit);
            seen.AddRange(page.Select(product => product.GetProperty("sku").GetString()!));
            next = response.Headers.TryGetValues("Link", out var link) ? link.Single().Split('<', '>')[1] : null;
        }

        seen.ShouldBeUnique();
        seen.Count.ShouldBe(34);
    }

    [Fact]
    public async Task The_beginning_of_a_word_finds_the_product()
    {
        var found = (await shop.Http.GetFromJsonAsync<JsonElement[]>("/api/v1/products?q=vegetab%20bru"))!;
        found.ShouldHaveSingleItem().GetProperty("sku").GetString().ShouldBe(Goods.Brush);
    }

    [Fact]
    public async Task A_category_lists_its_own_products_only()
    {
        var found = (await shop.Http.GetFromJsonAsync<JsonElement[]>("/api/v1/products?category=Garden%20and%20shed"))!;
        found.Length.ShouldBe(6);
        found.ShouldAllBe(product => product.GetProperty("category").GetString() == "Garden and shed");
    }

    [Fact]
    public async Task Available_stock_is_what_Inventory_says_and_null_when_Inventory_does_not_answer()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 3);
        (await LampAsync()).GetProperty("available").GetInt32().ShouldBe(3);

        await shop.Partners.BreakAsync("inventory", new { status = 500 });
        (await LampAsync()).GetProperty("available").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    public async Task An_invalid_page_limit_is_refused(string limit)
    {
        var response = await shop.Http.GetAsync($"/api/v1/products?limit={limit}");
        response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var problem = await response.JsonAsync();
        problem.GetProperty("code").GetString().ShouldBe("validation_failed");
        problem.GetProperty("title").GetString().ShouldBe("The request is not valid.");
    }

    [Theory]
    [InlineData("after=%00")]
    [InlineData("after=AAAA")]
    [InlineData("after=not~a~cursor")]
    [InlineData("q=%27%3B%20drop%20table%20products%3B--")]
    [InlineData("q=%00")]
    [InlineData("q=%26%20%7C%20!%20(")]
    [InlineData("category=%00")]
    [InlineData("q=%F0%9F%98%80")]
    public async Task A_search_for_unusual_text_is_answered_without_an_error(string query) =>
        (await shop.Http.GetAsync("/api/v1/products?" + query)).StatusCode.ShouldBe(HttpStatusCode.OK);

    [Fact]
    public async Task The_OpenAPI_document_is_served()
    {
        var document = await shop.Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var place = document.GetProperty("paths").GetProperty("/api/v1/orders").GetProperty("post");
        place.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _).ShouldBeTrue();
        place.GetProperty("parameters")[0].GetProperty("name").GetString().ShouldBe("Idempotency-Key");
        (await shop.Http.GetAsync("/docs/")).IsSuccessStatusCode.ShouldBeTrue();
    }

    private async Task<JsonElement> LampAsync() =>
        (await shop.Http.GetFromJsonAsync<JsonElement[]>("/api/v1/products?q=desk%20lamp"))!.ShouldHaveSingleItem();
}
