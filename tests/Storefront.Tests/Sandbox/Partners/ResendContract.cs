using System.Globalization;
using System.Text.Json;
using Storefront.Tests.Support;
using YamlDotNet.Serialization;
using Node = System.Collections.Generic.Dictionary<object, object>;

namespace Storefront.Tests.Sandbox.Partners;

/// <summary>
/// Resend's published OpenAPI document: https://github.com/resend/resend-openapi, commit fd6f395, unchanged, with its licence beside it.
/// </summary>
internal static class ResendContract
{
    private static readonly Node Document = new DeserializerBuilder().Build().Deserialize<Node>(
        File.ReadAllText(Repository.File("tests/Storefront.Tests/Sandbox/Partners/resend/resend.yaml")));

    /// <returns>What the document does not allow in the answer 200 of this route; empty: the answer is valid.</returns>
    public static IReadOnlyList<string> FaultsOf(JsonElement answer, HttpMethod method, string path) =>
        [.. Faults(answer, At(Document, "paths", path, method.Method.ToLowerInvariant(), "responses", "200", "content", "application/json",
            "schema"), "answer")];

    /// <returns>What the document does not allow in this value; empty: the value is valid.</returns>
    public static IReadOnlyList<string> FaultsOf(JsonElement value, string schema) => [.. Faults(value, Schema(schema), schema)];

    public static IEnumerable<string> MembersOf(string schema) => At(Schema(schema), "properties").Keys.Cast<string>();

    private static Node Schema(string name) => At(Document, "components", "schemas", name);

    private static Node At(Node node, params string[] names) => names.Aggregate(node, (inner, name) => (Node)inner[name]);

    private static IEnumerable<string> Faults(JsonElement value, Node schema, string at)
    {
        if (schema.TryGetValue("$ref", out var name)) return Faults(value, Schema(((string)name).Split('/')[^1]), at);
        if (value.ValueKind == JsonValueKind.Null)
            return schema.GetValueOrDefault("nullable") is "true" ? [] : [$"{at} is null"];
        if (schema.TryGetValue("allOf", out var all)) return ((List<object>)all).SelectMany(one => Faults(value, (Node)one, at));
        if (schema.TryGetValue("oneOf", out var some))
            return ((List<object>)some).Count(one => !Faults(value, (Node)one, at).Any()) == 1 ? [] : [$"{at} is {value}"];
        return schema.GetValueOrDefault("type") switch
        {
            "object" => value.ValueKind == JsonValueKind.Object ? ObjectFaults(value, schema, at) : [$"{at} is not an object"],
            "array" => value.ValueKind == JsonValueKind.Array ? ArrayFaults(value, schema, at) : [$"{at} is not an array"],
            "string" => value.ValueKind == JsonValueKind.String ? StringFaults(value.GetString()!, schema, at) : [$"{at} is not a string"],
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? [] : [$"{at} is not an integer"],
            "number" => value.ValueKind == JsonValueKind.Number ? [] : [$"{at} is not a number"],
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? [] : [$"{at} is not a boolean"],
            null => [],
            var type => throw new NotSupportedException($"The type {type} of {at} is not checked here."),
        };
    }

    private static IEnumerable<string> ObjectFaults(JsonElement value, Node schema, string at)
    {
        var members = schema.TryGetValue("properties", out var properties) ? (Node)properties : [];
        var required = schema.TryGetValue("required", out var names) ? (List<object>)names : [];
        return required.Cast<string>().Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{at}.{name} is missing")
            .Concat(value.EnumerateObject().SelectMany(member =>
                members.TryGetValue(member.Name, out var inner) ? Faults(member.Value, (Node)inner, $"{at}.{member.Name}")
                : schema.GetValueOrDefault("additionalProperties") is Node more ? Faults(member.Value, more, $"{at}.{member.Name}")
                : []));
    }

    private static IEnumerable<string> ArrayFaults(JsonElement value, Node schema, string at)
    {
        var count = value.GetArrayLength();
        if (count < Number("minItems", 0) || count > Number("maxItems", int.MaxValue)) return [$"{at} has {count} items"];
        return value.EnumerateArray().SelectMany((item, index) => Faults(item, At(schema, "items"), $"{at}[{index}]"));

        int Number(string name, int otherwise) =>
            schema.TryGetValue(name, out var text) ? int.Parse((string)text, CultureInfo.InvariantCulture) : otherwise;
    }

    private static IEnumerable<string> StringFaults(string text, Node schema, string at)
    {
        var isAllowed = !schema.TryGetValue("enum", out var values) || ((List<object>)values).Contains(text);
        var isFormatted = schema.GetValueOrDefault("format") switch
        {
            "uuid" => Guid.TryParseExact(text, "D", out _),
            "date-time" => DateTimeOffset.TryParseExact(
                text, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            _ => true,
        };
        return isAllowed && isFormatted ? [] : [$"{at} is {text}"];
    }
}
