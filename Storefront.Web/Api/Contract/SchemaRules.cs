using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Storefront.Jobs.Reference;

namespace Storefront.Web.Api.Contract;

/// <summary>What the types say about their JSON, where the framework does not write it down by itself.</summary>
internal sealed class SchemaRules : IOpenApiSchemaTransformer
{
    private const string ListKey = "code-list";

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(decimal)) schema.Format = "decimal";
        if (type.IsEnum) schema.Type = JsonSchemaType.String;
        if (type == typeof(AddressBody)) DemandPostalCode(schema);
        if (ListOf(context.JsonPropertyInfo?.AttributeProvider) is { } list)
            (schema.Metadata ??= new Dictionary<string, object>())[ListKey] = list;
        return Task.CompletedTask;
    }

    /// <summary>What can be said only when all schemas are there, since they refer to each other.</summary>
    public static void Complete(OpenApiDocument document)
    {
        CodeLists.AddTo(document);
        foreach (var schema in document.Components!.Schemas!.Values.OfType<OpenApiSchema>()) Complete(schema, document);
    }

    public static void Complete(OpenApiSchema schema, OpenApiDocument document)
    {
        foreach (var (name, member) in schema.Properties?.ToList() ?? [])
        {
            if (member is OpenApiSchema { Metadata: { } metadata } && metadata.TryGetValue(ListKey, out var list))
                schema.Properties![name] = new OpenApiSchemaReference((string)list, document) { Description = member.Description };
            // What refuses unknown members is a request. There, null is the same as nothing.
            else if (!schema.AdditionalPropertiesAllowed) schema.Properties![name] = WithoutNull(member);
        }
    }

    private static string? ListOf(ICustomAttributeProvider? property) =>
        property?.IsDefined(typeof(CurrencyCodeAttribute), inherit: false) == true ? CodeLists.Currency
        : property?.IsDefined(typeof(CountryCodeAttribute), inherit: false) == true ? CodeLists.Country
        : null;

    private static IOpenApiSchema WithoutNull(IOpenApiSchema schema)
    {
        if (schema is not OpenApiSchema own) return schema;
        if (own.OneOf is { Count: 2 }) return own.OneOf.Single(choice => choice.Type != JsonSchemaType.Null);
        own.Type &= ~JsonSchemaType.Null;
        return own;
    }

    // Whether a postal code is required depends on the country. This library has no member for these keywords of JSON Schema.
    private static void DemandPostalCode(OpenApiSchema schema)
    {
        var countries = new JsonArray([.. PostalCodes.Required.Select(country => (JsonNode)country)]);
        schema.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        schema.Extensions["if"] = new JsonNodeExtension(new JsonObject
        {
            ["properties"] = new JsonObject { ["country"] = new JsonObject { ["enum"] = countries } },
        });
        schema.Extensions["then"] = new JsonNodeExtension(new JsonObject
        {
            ["properties"] = new JsonObject { ["postalCode"] = new JsonObject() }, ["required"] = new JsonArray("postalCode"),
            // A linter adds the opposite by itself when it looks at examples.
            ["unevaluatedProperties"] = true,
        });
    }
}
