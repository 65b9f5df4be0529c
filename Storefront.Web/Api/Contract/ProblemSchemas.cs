using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Storefront.Web.Security;

namespace Storefront.Web.Api.Contract;

/// <summary>One schema for each code: a client that looks at the code knows which other members there are.</summary>
internal static class ProblemSchemas
{
    private const string BaseName = "Problem";
    private const int MaxLength = 4000;

    public static async Task AddToAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Components!.Schemas!.Remove("ProblemDetails");
        var used = document.Paths.Values.SelectMany(path => path.Operations!.Values).SelectMany(operation => operation.Responses!.Keys);
        var kinds = ProblemKind.All.Where(kind => used.Contains($"{kind.Status}")).ToList();
        document.AddComponent(BaseName, Base(kinds, document));
        foreach (var kind in kinds) document.AddComponent(NameOf(kind), await OfAsync(kind, document, context, cancel));
    }

    public static IOpenApiSchema OneOf(IReadOnlyList<ProblemKind> kinds, OpenApiDocument document)
    {
        if (kinds is [var only]) return new OpenApiSchemaReference(NameOf(only), document);
        // The base says it too, since some writers of clients make exceptions of a class and its derived ones only, and of no choice.
        var choice = new OpenApiSchema { OneOf = [.. kinds.Select(kind => new OpenApiSchemaReference(NameOf(kind), document))] };
        return new OpenApiSchema { AllOf = [new OpenApiSchemaReference(BaseName, document), choice] };
    }

    public static JsonObject Example(ProblemKind kind, JsonSerializerOptions json)
    {
        var example = new JsonObject
        {
            ["type"] = $"urn:storefront:problem:{kind.Code}", ["title"] = kind.Title, ["status"] = kind.Status, ["code"] = kind.Code,
        };
        if (ProblemMembers.ExampleOf(kind) is { } members)
            foreach (var (name, value) in JsonSerializer.SerializeToNode(members, json)!.AsObject())
                example[name] = value?.DeepClone();
        return example;
    }

    private static string NameOf(ProblemKind kind) =>
        string.Concat(kind.Code.Split('_').Select(word => char.ToUpper(word[0], CultureInfo.InvariantCulture) + word[1..])) + "Problem";

    /// <summary>What all problems have.</summary>
    private static OpenApiSchema Base(IReadOnlyList<ProblemKind> kinds, OpenApiDocument document) => new()
    {
        Type = JsonSchemaType.Object,
        Description = "Why a call was refused (RFC 9457). `code` says which members there are besides.",
        Required = new HashSet<string> { "type", "title", "status", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("What kind of problem it is, as RFC 9457 asks for. Decide by `code`.", "uri-reference"),
            ["title"] = Text("What has happened, in one sentence."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Minimum = "400", Maximum = "599" },
            ["detail"] = Text("More about it, and what to do."),
            ["code"] = Text("Stays the same for ever. There may be new ones at any time."),
            ["traceId"] = Text("Name it when you ask the shop about this answer."),
        },
        Discriminator = new OpenApiDiscriminator
        {
            PropertyName = "code",
            Mapping = kinds.ToDictionary(kind => kind.Code, kind => new OpenApiSchemaReference(NameOf(kind), document)),
        },
    };

    private static async Task<OpenApiSchema> OfAsync(
        ProblemKind kind, OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        var own = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "code" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [kind.Code] },
            },
        };
        if (ProblemMembers.ExampleOf(kind)?.GetType() is { } members)
        {
            var more = await context.GetOrCreateSchemaAsync(members, parameterDescription: null, cancel);
            foreach (var (name, member) in more.Properties!) own.Properties[name] = member;
            foreach (var text in more.Properties.Values.Select(TextIn).OfType<OpenApiSchema>()) text.MaxLength ??= MaxLength;
            own.Required.UnionWith(more.Required!);
            SchemaRules.Complete(own, document);
        }

        return new() { Description = kind.Meaning, AllOf = [new OpenApiSchemaReference(BaseName, document), own] };
    }

    // The texts of a list, or of the lists by name. No attribute reaches them.
    private static IOpenApiSchema? TextIn(IOpenApiSchema member) =>
        (member.AdditionalProperties?.Items ?? member.Items) is { Type: JsonSchemaType.String } text ? text : null;

    private static OpenApiSchema Text(string description, string? format = null) =>
        new() { Type = JsonSchemaType.String, Description = description, Format = format, MaxLength = MaxLength };
}
