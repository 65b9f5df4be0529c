using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using Storefront.Tests.Support;

namespace Storefront.Tests.Api.Contract;

/// <summary>What <c>docs/openapi.v1.json</c> promises, as JSON Schema (draft 2020-12, which OpenAPI 3.1 uses).</summary>
internal sealed class PromisedApi
{
    private static readonly EvaluationOptions Options = new() { RequireFormatValidation = true, OutputFormat = OutputFormat.List };

    private readonly JsonNode document;
    private readonly List<(string Method, Regex Path, JsonObject Operation)> operations;
    private readonly Dictionary<string, JsonSchema> schemas = [];

    private PromisedApi()
    {
        document = JsonNode.Parse(File.ReadAllText(Repository.File("docs/openapi.v1.json")))!;
        operations =
        [
            .. from path in document["paths"]!.AsObject()
               from method in path.Value!.AsObject()
               let pattern = $"^{Regex.Replace(path.Key, "{[^}]+}", "[^/]+")}/?$"
               select (method.Key.ToUpperInvariant(), new Regex(pattern), method.Value!.AsObject()),
        ];
    }

    public static PromisedApi Instance { get; } = new();

    public JsonNode Document => document;

    /// <summary>Where the answer differs from what is promised; empty if it does not.</summary>
    public IReadOnlyList<string> Faults(string method, string path, HttpResponseMessage response, string body)
    {
        var status = $"{(int)response.StatusCode}";
        var operation = operations.SingleOrDefault(one => one.Method == method && one.Path.IsMatch(path)).Operation;
        if (operation?["responses"]![status] is not JsonObject promised)
        {
            // What is not described is refused, and so is a path with something else in the place of an id.
            var code = status switch { "404" => "not_found", "405" => "method_not_allowed", _ => null };
            return operation is null && code is not null && body.Contains($"\"{code}\"", StringComparison.Ordinal)
                ? [] : [$"{method} {path} does not promise {status}."];
        }

        var type = response.Content.Headers.ContentType?.MediaType;
        if (type is null || promised["content"]![type]?["schema"] is not { } schema) return [$"{status} does not promise {type}."];
        var missing = (promised["headers"]?.AsObject() ?? [])
            .Where(header => header.Value!["required"]?.GetValue<bool>() == true && !response.Headers.Contains(header.Key))
            .Select(header => $"The header {header.Key} is missing.");
        return [.. missing, .. Faults(SchemaOf($"{method} {operation.GetPath()} {status}", schema, forAnswers: true), body)];
    }

    /// <summary>Where the body of a request differs from its schema; empty if it does not.</summary>
    public IReadOnlyList<string> FaultsOfOrder(string body) =>
        Faults(SchemaOf("PlaceOrder", new JsonObject { ["$ref"] = "#/components/schemas/PlaceOrder" }, forAnswers: false), body);

    private static List<string> Faults(JsonSchema schema, string body)
    {
        using var json = JsonDocument.Parse(body);
        var results = schema.Evaluate(json.RootElement, Options);
        if (results.IsValid) return [];
        return
        [
            .. from detail in results.Details ?? []
               from error in detail.Errors ?? new Dictionary<string, string>()
               select $"{detail.InstanceLocation}: {error.Value}",
        ];
    }

    private JsonSchema SchemaOf(string name, JsonNode schema, bool forAnswers)
    {
        lock (schemas)
            return schemas.TryGetValue(name, out var known) ? known : schemas[name] = Build(schema, forAnswers);
    }

    private JsonSchema Build(JsonNode schema, bool forAnswers)
    {
        var whole = new JsonObject
        {
            ["allOf"] = new JsonArray(schema.DeepClone()), ["$defs"] = document["components"]!["schemas"]!.DeepClone(),
        };
        foreach (var type in Objects(whole).ToList()) type.Remove("discriminator"); // for those who write code from it
        // A client ignores members that it does not know, but the shop sends none that the document does not know.
        if (forAnswers)
        {
            var parts = Objects(whole).SelectMany(type => type["allOf"]?.AsArray() ?? []).Append(whole["$defs"]!["Problem"]).ToHashSet();
            foreach (var type in Objects(whole).Where(type => !parts.Contains(type)).ToList())
                if (type["allOf"] is not null) type["unevaluatedProperties"] = false;
                else if (type["properties"] is not null && type["additionalProperties"] is null) type["additionalProperties"] = false;
        }

        return JsonSchema.FromText(whole.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal));
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Objects(member.Value)).Prepend(members),
        JsonArray items => items.SelectMany(Objects),
        _ => [],
    };
}
