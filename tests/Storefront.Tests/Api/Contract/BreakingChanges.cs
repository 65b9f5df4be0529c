using System.Text.Json.Nodes;

namespace Storefront.Tests.Api.Contract;

/// <summary>What a client written for one version of the document would stumble over in the next one.</summary>
internal sealed class BreakingChanges
{
    private static readonly string[] Upper = ["maximum", "exclusiveMaximum", "maxLength", "maxItems"];
    private static readonly string[] Lower = ["minimum", "exclusiveMinimum", "minLength", "minItems"];

    // The standards add to these lists, and clients know that.
    private static readonly string[] GrowingLists = ["#/components/schemas/CurrencyCode", "#/components/schemas/CountryCode"];

    private readonly JsonNode before;
    private readonly JsonNode after;
    private readonly List<string> found = [];

    private BreakingChanges(JsonNode before, JsonNode after) => (this.before, this.after) = (before, after);

    public static IReadOnlyList<string> Between(JsonNode before, JsonNode after)
    {
        var changes = new BreakingChanges(before, after);
        foreach (var (path, methods) in Members(before["paths"]))
            foreach (var (method, operation) in Members(methods))
                changes.Compare($"{method} {path}", operation, after["paths"]![path]?[method]);
        return changes.found;
    }

    private void Compare(string call, JsonNode operation, JsonNode? now)
    {
        if (now is null)
        {
            found.Add($"{call} is gone");
            return;
        }

        CompareParameters(call, operation, now);
        Schemas($"{call} body", Json(operation["requestBody"]), Json(now["requestBody"]), ofRequest: true);
        foreach (var (status, response) in Members(operation["responses"]))
            CompareAnswers($"{call} {status}", response, now["responses"]![status]);
    }

    private void CompareParameters(string call, JsonNode operation, JsonNode now)
    {
        var parameters = Parameters(operation);
        foreach (var (name, parameter) in Parameters(now))
            if (IsRequired(parameter) && !(parameters.TryGetValue(name, out var known) && IsRequired(known)))
                found.Add($"{call} requires the parameter {name}");
        foreach (var (name, parameter) in parameters)
            if (!Parameters(now).TryGetValue(name, out var same)) found.Add($"{call} has no parameter {name}");
            else Schemas($"{call} {name}", parameter["schema"], same["schema"], ofRequest: true);
    }

    private void CompareAnswers(string call, JsonNode response, JsonNode? now)
    {
        if (now is null)
        {
            found.Add($"{call} is gone");
            return;
        }

        foreach (var (header, described) in Members(response["headers"]))
            if (IsRequired(described) && !(now["headers"]?[header] is { } same && IsRequired(same)))
                found.Add($"{call} may lack the header {header}");
        foreach (var (type, content) in Members(response["content"]))
            Schemas($"{call} {type}", content["schema"], now["content"]?[type]?["schema"], ofRequest: false);
    }

    private void Schemas(string where, JsonNode? old, JsonNode? now, bool ofRequest)
    {
        if (old is null) return;
        if (now is null)
        {
            found.Add($"{where}{Name(old)} is gone");
            return;
        }

        var growing = GrowingLists.Contains(Reference(old));
        (old, now) = (Resolved(old, before), Resolved(now, after));
        foreach (var keyword in new[] { "allOf", "oneOf" })
            foreach (var part in old[keyword]?.AsArray() ?? [])
                Schemas(where, part, now[keyword]?.AsArray().FirstOrDefault(same => Reference(same!) == Reference(part!)), ofRequest);
        Lists(where, old, now, "type", ofRequest);
        if (ofRequest || !growing) Lists(where, old, now, "enum", ofRequest);
        if (ofRequest) Bounds(where, old, now);

        var (required, requiredNow) = (Texts(old["required"]), Texts(now["required"]));
        foreach (var name in ofRequest ? requiredNow.Except(required) : required.Except(requiredNow))
            found.Add(ofRequest ? $"{where} requires {name}" : $"{where} may lack {name}");
        foreach (var (name, member) in Members(old["properties"]))
            Schemas($"{where} {name}", member, now["properties"]?[name], ofRequest);
        Schemas($"{where}[]", old["items"], now["items"], ofRequest);
        if (old["additionalProperties"] is JsonObject values) Schemas($"{where}{{}}", values, now["additionalProperties"], ofRequest);
    }

    // What a client may send must not become less, and what it may get must not become more.
    private void Lists(string where, JsonNode old, JsonNode now, string keyword, bool ofRequest)
    {
        var (values, valuesNow) = (Texts(old[keyword]), Texts(now[keyword]));
        if (valuesNow.Count == 0 && ofRequest) return; // anything
        if (values.Count == 0 && !ofRequest) return;
        foreach (var value in ofRequest ? values.Except(valuesNow) : valuesNow.Except(values))
            found.Add(ofRequest ? $"{where} cannot be {value} any more" : $"{where} may be {value}");
        if (values.Count == 0 && valuesNow.Count > 0) found.Add($"{where} can only be one of a list");
    }

    private void Bounds(string where, JsonNode old, JsonNode now)
    {
        foreach (var bound in Upper.Where(bound => now[bound] is not null))
            if (old[bound] is null || Number(now[bound]!) < Number(old[bound]!)) found.Add($"{where} has a smaller {bound}");
        foreach (var bound in Lower.Where(bound => now[bound] is not null))
            if (old[bound] is null || Number(now[bound]!) > Number(old[bound]!)) found.Add($"{where} has a greater {bound}");
        foreach (var keyword in new[] { "pattern", "if", "then" })
            if (now[keyword] is not null && !JsonNode.DeepEquals(old[keyword], now[keyword])) found.Add($"{where} has another {keyword}");
    }

    private static JsonNode Resolved(JsonNode schema, JsonNode document) =>
        schema["$ref"] is { } reference ? document["components"]!["schemas"]![((string)reference!).Split('/')[^1]]! : schema;

    private static decimal Number(JsonNode node) => node.GetValue<decimal>();

    private static JsonNode? Json(JsonNode? content) => content?["content"]?["application/json"]?["schema"];

    private static bool IsRequired(JsonNode described) => described["required"]?.GetValue<bool>() == true;

    private static string Name(JsonNode schema) => Reference(schema) is { } reference ? $" {reference.Split('/')[^1]}" : "";

    private static string? Reference(JsonNode schema) => (string?)schema["$ref"];

    private static List<string> Texts(JsonNode? list) => list switch
    {
        JsonArray items => [.. items.Select(item => item!.ToJsonString())],
        null => [],
        _ => [list.ToJsonString()],
    };

    private static Dictionary<string, JsonNode> Parameters(JsonNode operation) =>
        (operation["parameters"]?.AsArray() ?? []).ToDictionary(parameter => (string)parameter!["name"]!, parameter => parameter!);

    private static IEnumerable<(string Name, JsonNode Value)> Members(JsonNode? node) =>
        (node?.AsObject() ?? []).Select(member => (member.Key, member.Value!));
}
