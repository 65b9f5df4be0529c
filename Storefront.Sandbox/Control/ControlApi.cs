using System.Text.Json.Serialization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Storefront.Sandbox.Faults;
using Storefront.Sandbox.Partners.Inventory;
using Storefront.Sandbox.Partners;

namespace Storefront.Sandbox.Control;

/// <summary>What tests and people ask of the sandbox itself. Faults do not reach it.</summary>
internal static class ControlApi
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.Strict, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    public static void MapControl(this IEndpointRouteBuilder routes, PartnerWorld world)
    {
        var control = routes.MapGroup("/sandbox").AddEndpointFilter(async (context, next) =>
            IsFromElsewhere(context.HttpContext.Request) ? Refuse("Another site's page may not work the sandbox.") : await next(context));

        control.MapGet("/emails", (string? key, int? limit) => Results.Json(Filter(world.Mails.All(), key, limit)));
        control.MapGet("/events", (string? key, int? limit) => Results.Json(Filter(world.Events.All(), key, limit)));
        control.MapGet("/points", (string? key, int? limit) => Results.Json(world.Points.All()
            .Where(entry => key is null || entry.Entry == key).Take(limit ?? int.MaxValue)));
        control.MapGet("/reservations", (string? key, int? limit) => Results.Json(world.Warehouse.List()
            .Reverse().Where(one => key is null || one.Id == key).Take(limit ?? int.MaxValue).Select(Body)));
        control.MapDelete("/reservations/{id}", async (string id) =>
            await world.Warehouse.ForgetAsync(id) ? Results.NoContent() : Results.NotFound());
        control.MapGet("/counters",
            () => Results.Json(FaultSwitches.Partners.ToDictionary(partner => partner, partner => Counters.Of(world, partner))));
        control.MapGet("/stock", () => Results.Json(world.Warehouse.Stock()));
        control.MapGet("/faults", () => Results.Json(world.Faults.All));

        control.MapPut("/stock/{**_}", async (HttpRequest request) =>
        {
            var sku = Sku(request);
            if (sku.EnumerateRunes().Count() is 0 or > 64
                || await ReadAsync<StockBody>(request) is not { OnHand: >= 0 and <= 1_000_000_000 and var onHand })
                return Refuse("Send {\"onHand\": n}, n from 0 to 1000000000, for a SKU of 1 to 64 characters.");
            await world.Warehouse.SetStockAsync(sku, onHand);
            return Results.Json(world.Warehouse.Stock([sku]).Single());
        });
        control.MapPut("/faults/{partner}", async (string partner, HttpRequest request) =>
        {
            if (!FaultSwitches.Partners.Contains(partner)) return Refuse($"Partners are {string.Join(", ", FaultSwitches.Partners)}.");
            if (await ReadAsync<Fault>(request) is not { } fault)
                return Refuse(
                    "Send {\"latencyMs\", \"status\", \"retryAfterSeconds\", \"rate\", \"dropAfterAccept\", \"hang\", "
                    + "\"body\", \"contentType\", \"requestsPerSecond\"}, all of them optional.");
            if (fault.Check() is { } wrong) return Refuse(wrong);
            world.Faults.Of(partner).Set(fault);
            return Results.Json(world.Faults.Of(partner).Fault);
        });
        control.MapDelete("/faults", () =>
        {
            world.Faults.Clear();
            return Results.NoContent();
        });
        control.MapDelete("/data", async () =>
        {
            await world.ClearAsync();
            return Results.NoContent();
        });
    }

    private static IEnumerable<Accepted> Filter(IReadOnlyList<Accepted> all, string? key, int? limit) =>
        all.Where(one => key is null || one.Key == key).Take(limit ?? int.MaxValue);

    private static object Body(Reservation one) => new
    {
        key = one.Id, one.Id, one.Status, one.Lines, body = new { one.Lines }, one.Deliveries, acceptedAt = one.CreatedAt, one.UpdatedAt,
    };

    // As it was sent: a decoded path does not tell an encoded slash from the text %2F.
    private static string Sku(HttpRequest request)
    {
        var path = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        return Uri.UnescapeDataString(path[(path.IndexOf("/stock/", StringComparison.Ordinal) + "/stock/".Length)..]);
    }

    private static async Task<T?> ReadAsync<T>(HttpRequest request) where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, Strict);
        }
        catch (Exception fault) when (fault is JsonException or InvalidDataException)
        {
            return null;
        }
    }

    // A browser says where a request comes from; curl and tests say nothing.
    private static bool IsFromElsewhere(HttpRequest request) => request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";

    private static IResult Refuse(string why) =>
        Results.Problem(statusCode: 400, title: why, extensions: new Dictionary<string, object?> { ["code"] = "malformed_request" });

    private sealed record StockBody(int? OnHand);
}
