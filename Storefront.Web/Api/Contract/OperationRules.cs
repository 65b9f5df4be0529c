using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Storefront.Web.Security;

namespace Storefront.Web.Api.Contract;

/// <summary>Writes into the document what an endpoint says about its answers.</summary>
internal sealed class OperationRules(IOptions<JsonOptions> json) : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Security = ContractRegistration.WithOrWithoutKey(context.Document!);
        foreach (var parameter in context.Description.ParameterDescriptions)
            if (parameter.ParameterDescriptor is IParameterInfoParameterDescriptor { ParameterInfo: var declared })
                Describe(operation.Parameters?.OfType<OpenApiParameter>().SingleOrDefault(one => one.Name == parameter.Name), declared);
        if (metadata.OfType<RequestExample>().SingleOrDefault() is { } request)
            operation.RequestBody!.Content!["application/json"].Example = WithoutNull(Json(request.Body)!);
        foreach (var answer in metadata.OfType<Answer>()) Describe(operation.Responses![$"{answer.Status}"], answer);
        foreach (var next in metadata.OfType<NextCall>())
            ((OpenApiResponse)operation.Responses![$"{next.From}"]).Links = new Dictionary<string, IOpenApiLink>
            {
                [next.Operation] = new OpenApiLink
                {
                    OperationId = next.Operation, Description = next.Description,
                    Parameters = new Dictionary<string, RuntimeExpressionAnyWrapper>
                    {
                        [next.Parameter] = new() { Expression = RuntimeExpression.Build(next.Expression) },
                    },
                },
            };
        foreach (var status in metadata.OfType<Refusals>().SelectMany(refusals => refusals.Kinds).Distinct()
            .GroupBy(kind => kind.Status).OrderBy(status => status.Key))
            operation.Responses![$"{status.Key}"] = Refusal([.. status], context.Document!);
        return Task.CompletedTask;
    }

    private static JsonNode WithoutNull(JsonNode example)
    {
        foreach (var (name, member) in (example as JsonObject)?.ToList() ?? [])
            if (member is null) example.AsObject().Remove(name);
            else WithoutNull(member);
        return example;
    }

    private JsonNode? Json(object example) => JsonSerializer.SerializeToNode(example, json.Value.SerializerOptions);

    private static void Describe(OpenApiParameter? parameter, ParameterInfo declared)
    {
        if (declared.IsDefined(typeof(DemandedAttribute))) parameter!.Required = true;
        if (declared.GetCustomAttribute<WholeNumberAttribute>() is { } number)
            parameter!.Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer, Format = "int32", Minimum = $"{number.Least}", Maximum = $"{number.Most}",
                Default = number.Otherwise,
            };
    }

    private void Describe(IOpenApiResponse response, Answer answer)
    {
        response.Description = answer.Description;
        response.Content!["application/json"].Example = Json(answer.Example);
        if (answer.Headers.Count > 0) ((OpenApiResponse)response).Headers = answer.Headers.ToDictionary(header => header.Name, Header);
    }

    private OpenApiResponse Refusal(IReadOnlyList<ProblemKind> kinds, OpenApiDocument document) => new()
    {
        Description = string.Join(" ", kinds.Select(kind => $"`{kind.Code}`: {kind.Meaning}")),
        Headers = Wait(kinds),
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/problem+json"] = new()
            {
                Schema = ProblemSchemas.OneOf(kinds, document),
                Examples = kinds.ToDictionary(
                    kind => kind.Code,
                    kind => (IOpenApiExample)new OpenApiExample
                    {
                        Summary = kind.Title, Value = ProblemSchemas.Example(kind, json.Value.SerializerOptions),
                    }),
            },
        },
    };

    private static Dictionary<string, IOpenApiHeader>? Wait(IReadOnlyList<ProblemKind> kinds)
    {
        var header = AnswerHeader.RetryAfter with { Always = kinds.All(kind => kind.SaysWhenToRepeat) };
        return kinds.Any(kind => kind.SaysWhenToRepeat) ? new() { [header.Name] = Header(header) } : null;
    }

    private static IOpenApiHeader Header(AnswerHeader header) => new OpenApiHeader
    {
        Description = header.Description,
        Required = header.Always,
        Schema = header.Name == AnswerHeader.RetryAfter.Name
            ? new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{int.MaxValue}" }
            : new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 8192 },
        Example = header.Name == AnswerHeader.RetryAfter.Name ? JsonNode.Parse(header.Example) : header.Example,
    };
}
