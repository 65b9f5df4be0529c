using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Storefront.Tests.Support;

namespace Storefront.Tests.Api;

public sealed class OrdersApiTests(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task A_double_click_is_one_order()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 100);
        var key = Guid.NewGuid().ToString();
        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)), key)));

        responses.Count(response => response.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        foreach (var other in responses.Where(response => response.StatusCode != HttpStatusCode.Created))
        {
            if (other.StatusCode == HttpStatusCode.OK) other.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
            else
            {
                (await other.CodeAsync()).ShouldBe("idempotency_in_progress");
                other.Headers.RetryAfter.ShouldNotBeNull();
            }
        }

        var id = (await responses.Single(response => response.StatusCode == HttpStatusCode.Created).JsonAsync()).Id();
        await shop.Http.UntilAsync(id, seen => seen.Delivery("order-confirmation") == "delivered", "the mail is sent");
        (await shop.Partners.EmailsOfAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_key_that_was_used_for_another_order_is_refused()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 100);
        var key = Guid.NewGuid().ToString();
        (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)), key)).StatusCode.ShouldBe(HttpStatusCode.Created);

        var other = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 2)), key);
        other.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await other.CodeAsync()).ShouldBe("idempotency_key_reused");
    }

    [Fact]
    public async Task Without_a_key_nothing_is_ordered()
    {
        var response = await shop.Http.PostAsJsonAsync("/api/v1/orders", AnOrder.Of((Goods.Lamp, 1)));
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.CodeAsync()).ShouldBe("idempotency_key_missing");
    }

    [Theory]
    [InlineData("\\u0000")]
    [InlineData("\\ud800")]
    [InlineData("\\udc00x")]
    public async Task Text_that_Postgres_cannot_store_is_refused_in_every_field(string escaped)
    {
        foreach (var value in new[] { "ada@example.com", "Ada", "12 St James", "Flat 2", "London", "SW1Y 4JH", "GB", Goods.Lamp })
        {
            var order = $$"""
                {"email":"ada@example.com","name":"Ada",
                 "address":{"line1":"12 St James","line2":"Flat 2","city":"London","postalCode":"SW1Y 4JH","country":"GB"},
                 "lines":[{"sku":"{{Goods.Lamp}}","quantity":1}]}
                """.Replace($"\"{value}\"", $"\"{value[..1]}{escaped}{value[1..]}\"", StringComparison.Ordinal);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/orders")
            {
                Content = new StringContent(order, Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());

            var response = await shop.Http.SendAsync(request, TestContext.Current.CancellationToken);

            ((int)response.StatusCode).ShouldBeInRange(400, 422, order);
        }
    }

    [Fact]
    public async Task The_server_sets_the_prices()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 100);
        var products = await shop.Http.GetFromJsonAsync<JsonElement[]>($"/api/v1/products?limit=500");
        var price = products!.Single(product => product.GetProperty("sku").GetString() == Goods.Lamp).GetProperty("price").GetDecimal();

        var order = await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 3)))).JsonAsync();

        order.GetProperty("total").GetDecimal().ShouldBe(3 * price);
        order.GetProperty("lines")[0].GetProperty("unitPrice").GetDecimal().ShouldBe(price);
    }

    [Theory]
    [InlineData("{", 400, "malformed_request")]
    [InlineData("[]", 422, "validation_failed")]
    [InlineData("""{"email":5}""", 422, "validation_failed")]
    [InlineData("""{"price":1}""", 422, "validation_failed")]
    [InlineData("""{"lines":[{"sku":"X","quantity":1.5}]}""", 422, "validation_failed")]
    [InlineData("""{"lines":[{"sku":"X","quantity":99999999999}]}""", 422, "validation_failed")]
    [InlineData("""{"lines":[null]}""", 422, "validation_failed")]
    [InlineData("{}", 422, "validation_failed")]
    [InlineData("null", 400, "malformed_request")]
    public async Task An_invalid_body_is_refused_with_the_reason(string body, int status, string code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post,
            "/api/v1/orders") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        var response = await shop.Http.SendAsync(request);

        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await response.CodeAsync()).ShouldBe(code);
    }

    [Fact]
    public async Task Every_invalid_field_is_named()
    {
        var response = await shop.Http.PlaceAsync(new
        {
            email = "not an address", name = " ",
            address = new { line1 = "", city = new string('x', 101), postalCode = "1\u0000", country = "XX" },
            lines = new[] { new { sku = Goods.Lamp, quantity = 0 }, new { sku = Goods.Lamp, quantity = 100_001 } },
        });

        response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var errors = (await response.JsonAsync()).GetProperty("errors").EnumerateObject().Select(error => error.Name);
        errors.ShouldBe(
            ["email", "name", "address.line1", "address.city", "address.postalCode", "address.country", "lines[0].quantity",
                "lines[1].quantity", "lines[1].sku"],
            ignoreOrder: true);
    }

    [Fact]
    public async Task An_unknown_sku_is_named()
    {
        var response = await shop.Http.PlaceAsync(AnOrder.Of(("NO-SUCH-THING", 1)));
        response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await response.CodeAsync()).ShouldBe("unknown_sku");
    }

    [Theory]
    [InlineData("/api/v1/orders/00000000-0000-0000-0000-000000000000")]
    [InlineData("/api/v1/orders/not-an-id")]
    public async Task An_unknown_order_is_not_found(string path)
    {
        var response = await shop.Http.GetAsync(path);
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.CodeAsync()).ShouldBe("not_found");
    }
}
