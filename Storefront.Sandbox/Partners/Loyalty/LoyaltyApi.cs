using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Storefront.Sandbox.Partners.Loyalty;

/// <summary>The contract of <c>docs/contracts/loyalty.openapi.yaml</c>.</summary>
internal static partial class LoyaltyApi
{
    private const int MostPoints = 1_000_000_000;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        AllowDuplicateProperties = false,
    };

    public static void MapLoyalty(this IEndpointRouteBuilder routes, PointsBook book)
    {
        var api = routes.MapGroup("/v1/members/{member}").AddEndpointFilter(async (context, next) =>
            !HasBearer(context.HttpContext.Request) ? Problem(401, "unauthorized", "Give an API key as Authorization: Bearer.")
            : context.HttpContext.Request.RouteValues.Values.All(id => IdPattern().IsMatch($"{id}")) ? await next(context)
            : Problem(400, "malformed_request", "An id is 1 to 64 letters, digits, _ and -."));

        api.MapGet("", async (string member) =>
        {
            var points = book.BalanceOf(member);
            await book.Settled;
            return Results.Json(new { member, points });
        });
        api.MapPut("/entries/{entry}", async (string member, string entry, HttpRequest request) =>
            await ReadAsync(request) is not { } points ? Problem(400, "malformed_request", "Send {\"points\": n}, n from 0 to 1000000000.")
            : await book.CreditAsync(member, entry, points) is { } credited
                ? Results.Json(Body(credited.Entry), statusCode: credited.IsNew ? 201 : 200)
                : Problem(409, "entry_conflict", "This entry is known with other points."));
        api.MapDelete("/entries/{entry}",
            async (string member, string entry) => Results.Json(Body(await book.ReverseAsync(member, entry))));
        api.MapGet("/entries/{entry}", async (string member, string entry) =>
        {
            var known = book.Find(member, entry);
            await book.Settled;
            return known is null ? Problem(404, "not_found", "There is no such entry.") : Results.Json(Body(known));
        });
    }

    private static object Body(PointsEntry entry) => new { entry.Member, entry.Entry, entry.Points, entry.Status };

    private static async Task<int?> ReadAsync(HttpRequest request)
    {
        try
        {
            var points = (await JsonSerializer.DeserializeAsync<CreditBody>(request.Body, Strict))?.Points;
            return points is >= 0 and <= MostPoints ? points : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record CreditBody(int? Points);

    private static bool HasBearer(HttpRequest request) =>
        request.Headers.Authorization.ToString() is ['B' or 'b', 'e', 'a', 'r', 'e', 'r', ' ', _, ..];

    private static IResult Problem(int status, string code, string title) =>
        Results.Problem(statusCode: status, title: title, extensions: new Dictionary<string, object?> { ["code"] = code });

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex IdPattern();
}
