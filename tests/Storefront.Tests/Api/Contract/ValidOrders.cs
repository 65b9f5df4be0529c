using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;

namespace Storefront.Tests.Api.Contract;

/// <summary>
/// Makes values of all kinds that are valid by a schema of the document. It knows nothing of orders: what it does not find in the schema,
/// it does not keep to.
/// </summary>
internal static class ValidOrders
{
    // Among them are characters that the shop refuses, so that a pattern which forgets them is found out.
    private static readonly string[] Characters =
    [
        " ", "\t", "\n", "\0", "\u0085", "\u00A0", "\u200E", "\u202E", "\u2067", "\u3000", "\u061C", "a", "Z", "0", "-", ".", "@",
        "\"", "\\", "<", "é", "ß", "東", "😀", "ı", "\u0301", "\u200D", "\uFEFF",
    ];

    private static readonly Gen<string> Piece = Gen.OneOf(
        Gen.OneOf([.. Characters.Select(character => Gen.Const(character))]), Gen.Char[' ', '~'].Select(character => character.ToString()));

    private static readonly Gen<string> Word = Gen.Char.AlphaNumeric.Array[1, 60].Select(letters => new string(letters));

    private static readonly Gen<string> Address =
        Gen.Select(Word, Gen.OneOf(Gen.Const(""), Gen.Const(".x"), Gen.Const("+shop"), Gen.Const("'")), Word)
            .Select((name, more, host) => $"{name}{more}@{host}.example");

    public static Gen<JsonNode?> Of(JsonNode schema, JsonNode document)
    {
        if (schema["$ref"] is { } reference)
            return Of(document["components"]!["schemas"]![((string)reference!).Split('/')[^1]]!, document);
        if (schema["enum"] is JsonArray list) return Gen.Int[0, list.Count - 1].Select(index => list[index]?.DeepClone());
        return (string?)schema["type"] switch
        {
            "object" => Objects(schema, document),
            "array" => Lists(schema, document),
            "string" => Texts(schema).Select(text => (JsonNode?)text),
            "integer" => Gen.Long[Bound(schema, "minimum"), Bound(schema, "maximum")].Select(number => (JsonNode?)number),
            "number" => Gen.Long[Bound(schema, "minimum"), Bound(schema, "maximum")].Select(number => (JsonNode?)number),
            var type => throw new NotSupportedException($"{schema.GetPath()}: {type}"),
        };
    }

    private static Gen<JsonNode?> Objects(JsonNode schema, JsonNode document)
    {
        var required = schema["required"]!.AsArray().Select(name => (string)name!).ToHashSet();
        var whole = Gen.Const(() => (JsonNode?)new JsonObject());
        foreach (var (name, member) in schema["properties"]!.AsObject())
            whole = Gen.Select(whole, Of(member!, document), Gen.Bool).Select((made, value, present) =>
            {
                if (present || required.Contains(name)) made![name] = value;
                return made;
            });
        // The condition of this document: some values of one member require another.
        return schema["then"] is null ? whole : whole.Where(made => !Holds(schema["if"]!, made!)
            || schema["then"]!["required"]!.AsArray().All(name => made![(string)name!] is not null));
    }

    private static bool Holds(JsonNode condition, JsonNode made) => condition["properties"]!.AsObject().All(member =>
        member.Value!["enum"]!.AsArray().Any(value => JsonNode.DeepEquals(value, made[member.Key])));

    private static Gen<JsonNode?> Lists(JsonNode schema, JsonNode document)
    {
        var least = (int)Bound(schema, "minItems");
        return Of(schema["items"]!, document).List[least, Math.Min((int)Bound(schema, "maxItems"), least + 4)]
            .Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())]));
    }

    private static Gen<string> Texts(JsonNode schema)
    {
        var (least, most) = ((int)Bound(schema, "minLength"), (int)Bound(schema, "maxLength"));
        var pattern = new Regex((string?)schema["pattern"] ?? "");
        // Short ones, since most long ones have something in them that is not allowed, and the longest.
        var texts = Gen.OneOf(
            Piece.Array[least, Math.Min(most, least + 5)].Select(string.Concat),
            Gen.Const(new string('x', most)), Address);
        return texts.Where(text => text.EnumerateRunes().Count() is var length && length >= least && length <= most
            && pattern.IsMatch(text) && !text.EndsWith('\n'));
    }

    private static long Bound(JsonNode schema, string name) =>
        (long)decimal.Parse(schema[name]!.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
