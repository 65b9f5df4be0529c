using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Storefront.Tests.Support;
using Storefront.Web.Security;

namespace Storefront.Tests.Api.Contract;

/// <summary>The OpenAPI document says everything that a client has to know.</summary>
public sealed class ContractTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    [Fact]
    public async Task Every_number_has_bounds_and_every_text_has_a_length_a_format_or_a_list()
    {
        var document = await ServedAsync();
        var schemas = Nodes(document)
            .Where(node => node.Node is JsonObject { } schema && schema["type"] is not null && !IsExample(node.Path)).ToList();
        schemas.ShouldNotBeEmpty();
        schemas.Where(node => !IsBounded(node.Node.AsObject())).Select(node => node.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_call_has_a_name_a_description_an_example_of_each_answer_and_may_have_a_key()
    {
        foreach (var (call, operation) in Operations(await ServedAsync()))
        {
            foreach (var member in new[] { "operationId", "summary", "description", "tags" })
                operation[member].ShouldNotBeNull($"{call}: {member}");
            operation["security"]!.AsArray().Select(one => string.Join(' ', one!.AsObject().Select(scheme => scheme.Key)))
                .ShouldBe(["", "apiKey"], call);
            foreach (var (status, response) in operation["responses"]!.AsObject())
                foreach (var (_, content) in response!["content"]!.AsObject())
                    (content!["example"] ?? content["examples"]).ShouldNotBeNull($"{call} {status}");
        }
    }

    [Fact]
    public async Task Every_code_is_described_with_its_status_and_the_header_that_says_when_to_repeat()
    {
        var described = Operations(await ServedAsync()).SelectMany(operation => operation.Node["responses"]!.AsObject())
            .SelectMany(response => (response.Value!["content"]?["application/problem+json"]?["examples"]?.AsObject() ?? [])
                .Select(example => (Code: example.Key, Status: response.Key,
                    Repeat: response.Value["headers"]?["Retry-After"] is not null)))
            .ToLookup(answer => answer.Code);

        foreach (var kind in ProblemKind.All.Except([ProblemKind.MethodNotAllowed])) // of what is not described
        {
            described[kind.Code].ShouldNotBeEmpty(kind.Code);
            described[kind.Code].ShouldAllBe(answer => answer.Status == $"{kind.Status}", kind.Code);
            if (kind.SaysWhenToRepeat) described[kind.Code].ShouldAllBe(answer => answer.Repeat, kind.Code);
        }
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("Storefront.http")]
    public void The_order_that_is_shown_to_readers_is_valid_by_the_document(string file)
    {
        var order = Regex.Match(File.ReadAllText(Repository.File(file)), "\\{\\s*\"email\".*?\\}\\]\\s*\\}", RegexOptions.Singleline);
        order.Success.ShouldBeTrue();
        PromisedApi.Instance.FaultsOfOrder(order.Value).ShouldBeEmpty();
    }

    private async Task<JsonNode> ServedAsync() =>
        JsonNode.Parse(await shop.Http.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!;

    private static IEnumerable<(string Call, JsonNode Node)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from method in path.Value!.AsObject()
        select ($"{method.Key} {path.Key}", method.Value!);

    private static IEnumerable<(string Path, JsonNode Node)> Nodes(JsonNode node)
    {
        yield return (node.GetPath(), node);
        var children = node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray items => items,
            _ => [],
        };
        foreach (var child in children.OfType<JsonNode>().SelectMany(Nodes)) yield return child;
    }

    private static bool IsExample(string path) => path.Contains(".example", StringComparison.Ordinal);

    private static bool IsBounded(JsonObject schema)
    {
        if (schema["enum"] is not null) return true;
        // A member that is called "type" is no type.
        if (schema["type"] is JsonObject) return true;
        var types = schema["type"] is JsonArray several ? several.Select(type => (string)type!) : [(string)schema["type"]!];
        return types.All(type => type switch
        {
            "integer" or "number" => (schema["minimum"] ?? schema["exclusiveMinimum"]) is not null && schema["maximum"] is not null,
            "string" => schema["format"] is not null || schema["maxLength"] is not null,
            _ => true,
        });
    }
}
