using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Storefront.Tests.Support;

namespace Storefront.Tests.Api.Contract;

/// <summary>What is valid by the document is taken. Only what a schema cannot say may be refused: a product or a price.</summary>
public sealed class ValidOrdersTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    private static readonly string[] Sold = [Goods.Mug, Goods.Brush, Goods.Lamp];

    [Fact]
    public async Task The_shop_takes_every_order_that_is_valid_by_the_document()
    {
        var document = PromisedApi.Instance.Document;
        var schema = document["paths"]!["/api/v1/orders"]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!;
        var bodies = Gen.Select(ValidOrders.Of(schema, document), Gen.Int[0, 3]).Select(Sellable).Array[500].Single();

        var statuses = new int[bodies.Length];
        await Parallel.ForAsync(0, bodies.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (index, cancel) =>
        {
            PromisedApi.Instance.FaultsOfOrder(bodies[index]).ShouldBeEmpty(bodies[index]);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/orders")
            {
                Content = new StringContent(bodies[index], Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", $"valid-{index}");
            using var response = await shop.Http.SendAsync(request, cancel);

            statuses[index] = (int)response.StatusCode;
            if (statuses[index] is not (201 or 202))
                (await response.CodeAsync()).ShouldBeOneOf("unknown_sku", "price_changed", "insufficient_stock", bodies[index]);
        });

        statuses.Count(status => status == 201).ShouldBeGreaterThan(20);
        statuses.Count(status => status == 422).ShouldBeGreaterThan(20);
    }

    /// <summary>Two things that the document says in words: each SKU in one line, and decimals as the currency has.</summary>
    private static string Sellable(JsonNode? body, int sold)
    {
        var lines = body!["lines"]!.AsArray();
        for (var i = 0; i < Math.Min(sold, lines.Count); i++) (lines[i]!["sku"], lines[i]!["quantity"]) = (Sold[i], 1);
        var unique = lines.DistinctBy(line => (string)line!["sku"]!).Select(line => line!.DeepClone()).ToArray();
        body["lines"] = new JsonArray(unique);
        if (sold > 0) body.AsObject().Remove("expectedTotal");
        return body.ToJsonString();
    }
}
