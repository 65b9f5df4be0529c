using System.Text.Json;
using Storefront.Web.Security;

namespace Storefront.Web.Api;

/// <summary>Reads a JSON body strictly: what cannot be read is told by field, not by a bare 400.</summary>
internal static class JsonBody
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict,
        AllowDuplicateProperties = false,
        MaxDepth = 16,
    };

    /// <summary>The body, or the problem that says why there is none.</summary>
    public static async Task<(T? Body, IResult? Problem)> ReadAsync<T>(HttpRequest request, CancellationToken cancel) where T : class
    {
        if (!request.HasJsonContentType())
            return (null, Problems.Of(ProblemKind.UnsupportedMediaType, "The header Content-Type must be application/json."));
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, Strict, cancel) is { } body
                ? (body, null)
                : (null, Malformed("The body is null."));
        }
        catch (JsonException fault) when (fault.InnerException is JsonException || fault.Path is null)
        {
            return (null, Malformed($"The JSON is invalid at line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}."));
        }
        catch (JsonException fault)
        {
            return (null,
                Problems.Invalid(
                    new Dictionary<string, string[]> { [Field(fault.Path!)] =
                        ["This member is unknown, appears twice, or has the wrong type."] }));
        }
    }

    private static string Field(string path) => path.TrimStart('$', '.') is { Length: > 0 } field ? field : "body";

    private static IResult Malformed(string detail) => Problems.Of(ProblemKind.MalformedRequest, detail);
}
