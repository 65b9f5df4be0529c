using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Storefront.Sandbox.Partners.Inventory;

internal static partial class InventoryApi
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        AllowDuplicateProperties = false,
    };

    public static void MapInventory(this IEndpointRouteBuilder routes, Warehouse warehouse)
    {
        var api = routes.MapGroup("/v1").AddEndpointFilter(async (context, next) =>
            HasBearer(context.HttpContext.Request)
                ? await next(context) : Problem(401, "unauthorized", "Give an API key as Authorization: Bearer."));

        api.MapPut("/reservations/{id}", (string id, HttpRequest request) => ReserveAsync(id, request, warehouse));
        api.MapGet("/reservations/{id}", async (string id) =>
        {
            var known = warehouse.Find(id);
            await warehouse.Settled;
            return known is null ? Problem(404, "not_found", "There is no such reservation.") : Results.Json(Body(known));
        });
        api.MapDelete("/reservations/{id}", async (string id) =>
        {
            if (!IsId(id)) return BadId();
            await warehouse.ReleaseAsync(id);
            return Results.NoContent();
        });
        api.MapGet("/reservations",
            (string? status, string? updatedSince, string? cursor, int? limit) =>
                ListAsync(warehouse, status, updatedSince, cursor, limit ?? 100));
        api.MapGet("/stock", (string[] sku) => sku.Length is >= 1 and <= 100
            ? Results.Json(new { data = warehouse.Stock(sku) })
            : Problem(400, "malformed_request", "Ask for 1 to 100 SKUs."));
    }

    private static async Task<IResult> ReserveAsync(string id, HttpRequest request, Warehouse warehouse)
    {
        if (!IsId(id)) return BadId();
        if (await ReadAsync(request) is not { } lines)
            return Problem(400, "malformed_request", "Send 1 to 1000 lines, each SKU once, with a quantity from 1 to 100000.");
        return await warehouse.ReserveAsync(id, lines) switch
        {
            ReserveOutcome.Held(var reservation, var repeat) => Results.Json(Body(reservation), statusCode: repeat ? 200 : 201),
            ReserveOutcome.Short(var shortfalls) =>
                Problem(409, "insufficient_stock", "There is not enough of everything; nothing is held.",
                    new() { ["shortfalls"] = shortfalls }),
            ReserveOutcome.Released => Problem(409, "reservation_released", "This reservation was released, and stays so."),
            ReserveOutcome.Mismatch => Problem(422, "reservation_mismatch", "This id is held with other lines."),
            ReserveOutcome.UnknownSku(var skus) => Problem(422, "unknown_sku", $"Unknown: {string.Join(", ", skus.Take(20))}."),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static async Task<IReadOnlyList<Line>?> ReadAsync(HttpRequest request)
    {
        try
        {
            var lines = (await JsonSerializer.DeserializeAsync<ReserveBody>(request.Body, Strict))?.Lines;
            return lines is { Count: >= 1 and <= 1000 }
                && lines.All(line => line is { Sku.Length: >= 1, Quantity: >= 1 and <= 100_000 } && line.Sku.EnumerateRunes().Count() <= 64)
                && lines.DistinctBy(line => line!.Sku).Count() == lines.Count
                    ? [.. lines.Select(line => new Line(line!.Sku!, line.Quantity))]
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record ReserveBody(IReadOnlyList<LineBody?>? Lines);

    private sealed record LineBody(string? Sku, int Quantity);

    private static async Task<IResult> ListAsync(Warehouse warehouse, string? status, string? updatedSince, string? cursor, int limit)
    {
        DateTimeOffset? since = null;
        if (updatedSince is not null)
        {
            // RFC 3339, as the contract says, and nothing else that .NET can read.
            if (!DateTimePattern().IsMatch(updatedSince)
                || !DateTimeOffset.TryParse(updatedSince, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
                return Problem(400, "malformed_request", "updatedSince is a date-time as in RFC 3339.");
            since = time;
        }

        if (limit is < 1 or > 200) return Problem(400, "malformed_request", "limit is from 1 to 200.");
        if (status is not (null or "held" or "released")) return Problem(400, "malformed_request", "status is held or released.");
        if (cursor is not null)
        {
            if (!long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var seen)
                || seen >= DateTimeOffset.MaxValue.UtcTicks)
                return Problem(400, "malformed_request", "This cursor is none of ours.");
            var next = new DateTimeOffset(seen + 1, TimeSpan.Zero);
            since = since > next ? since : next;
        }

        var page = warehouse.List(status, since, limit + 1);
        await warehouse.Settled;
        return Results.Json(new
        {
            data = page.Take(limit).Select(Body),
            nextCursor = page.Count > limit ? page[limit - 1].UpdatedAt.UtcTicks.ToString(CultureInfo.InvariantCulture) : null,
        });
    }

    private static object Body(Reservation one) => new { one.Id, one.Status, one.Lines, one.CreatedAt, one.UpdatedAt };

    private static bool HasBearer(HttpRequest request) =>
        request.Headers.Authorization.ToString() is ['B' or 'b', 'e', 'a', 'r', 'e', 'r', ' ', _, ..];

    private static bool IsId(string id) => IdPattern().IsMatch(id);

    private static IResult BadId() => Problem(400, "malformed_request", "An id is 1 to 64 letters, digits, _ and -.");

    private static IResult Problem(int status, string code, string title, Dictionary<string, object?>? more = null)
    {
        more ??= [];
        more["code"] = code;
        return Results.Problem(statusCode: status, title: title, extensions: more);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"\A\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z")]
    private static partial Regex DateTimePattern();
}
