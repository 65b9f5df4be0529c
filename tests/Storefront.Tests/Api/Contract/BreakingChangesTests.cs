using System.Globalization;
using System.Text.Json.Nodes;
using Storefront.Tests.Support;

namespace Storefront.Tests.Api.Contract;

public sealed class BreakingChangesTests
{
    private const string Orders = "paths./api/v1/orders.post";

    [Theory]
    [InlineData("paths./api/v1/orders/{id}/cancel", null, "post /api/v1/orders/{id}/cancel is gone")]
    [InlineData("components.schemas.Order.properties.total", null, "application/json total is gone")]
    [InlineData("components.schemas.Order.required", "[]", "may lack \"total\"")]
    [InlineData("components.schemas.Order.properties.total.type", """["number","null"]""", "total may be \"null\"")]
    [InlineData("components.schemas.OrderStatus.enum", """["reserving","placed","rejected","failed","cancelled","shipped"]""",
        "status may be \"shipped\"")]
    [InlineData(Orders + ".responses.202", null, "post /api/v1/orders 202 is gone")]
    [InlineData(Orders + ".responses.202.headers.Location", null, "may lack the header Location")]
    [InlineData(Orders + ".responses.409.content.application/problem+json.schema.allOf.1.oneOf", "[]", "InsufficientStockProblem is gone")]
    [InlineData("components.schemas.CountryCode.enum", """["DE"]""", "country cannot be \"GB\" any more")]
    [InlineData("components.schemas.PlaceOrder.required", """["email","name","address","lines","phone"]""", "requires \"phone\"")]
    [InlineData("components.schemas.PlaceOrder.properties.expectedTotal", null, "expectedTotal is gone")]
    [InlineData("components.schemas.Line.properties.quantity.maximum", "10", "quantity has a smaller maximum")]
    [InlineData("components.schemas.Line.properties.sku.pattern", "\"^[A-Z]+$\"", "sku has another pattern")]
    [InlineData("paths./api/v1/products.get.parameters", """[{"name":"tenant","in":"query","required":true,"schema":{}}]""",
        "requires the parameter tenant")]
    public void A_client_of_today_would_stumble_over(string path, string? becomes, string finding)
    {
        var now = Kept();
        Edit(now, path, becomes is null ? null : JsonNode.Parse(becomes));

        BreakingChanges.Between(Kept(), now).ShouldContain(change => change.Contains(finding, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("paths./api/v1/returns", """{"get":{"responses":{}}}""")]
    [InlineData("components.schemas.Order.properties.note", """{"type":"string"}""")]
    [InlineData("components.schemas.PlaceOrder.properties.note", """{"type":"string"}""")]
    [InlineData("components.schemas.Line.properties.quantity.maximum", "1000000")]
    [InlineData("components.schemas.CurrencyCode.enum.999", "\"XXX\"")]
    [InlineData(Orders + ".responses.418", """{"description":"A teapot."}""")]
    [InlineData(Orders + ".description", "\"In other words.\"")]
    public void A_client_of_today_does_not_mind(string path, string becomes)
    {
        var now = Kept();
        Edit(now, path, JsonNode.Parse(becomes));

        BreakingChanges.Between(Kept(), now).ShouldBeEmpty();
    }

    private static JsonNode Kept() => JsonNode.Parse(File.ReadAllText(Repository.File("docs/openapi.v1.json")))!;

    private static void Edit(JsonNode document, string path, JsonNode? becomes)
    {
        var names = path.Split('.');
        var parent = names[..^1].Aggregate(document, (node, name) =>
            Child(node, name) ?? throw new ArgumentException($"{path}: no {name}"));
        if (parent is JsonArray list) list.Add(becomes);
        else if (becomes is null) parent.AsObject().Remove(names[^1]).ShouldBeTrue(path);
        else parent[names[^1]] = becomes;
    }

    private static JsonNode? Child(JsonNode node, string name) =>
        node is JsonArray items ? items[int.Parse(name, CultureInfo.InvariantCulture)] : node[name];
}
