using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Storefront.Sandbox.Faults;
using Storefront.Sandbox.Partners;

namespace Storefront.Sandbox.Pages;

/// <summary>The page at <c>/sandbox</c>: what the partners accepted, and switches to break them with. Plain forms, no script.</summary>
internal static class PageEndpoints
{
    public static void MapPage(this IEndpointRouteBuilder routes, PartnerWorld world)
    {
        routes.MapGet("/", () => Results.Redirect("/sandbox"));
        routes.MapGet("/sandbox", (HttpContext http) =>
        {
            http.Response.Headers.ContentSecurityPolicy =
                "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
            http.Response.Headers.CacheControl = "no-store";
            return new RazorComponentResult<SandboxPage>(new { State = (object)world });
        });
        routes.MapGet("/sandbox/style.css",
            () => Results.Stream(typeof(PageEndpoints).Assembly.GetManifestResourceStream("sandbox.css")!, "text/css"));

        // One mail, as it would look: in a frame that may do nothing.
        routes.MapGet("/sandbox/emails/{id}/html", (string id, HttpContext http) =>
        {
            if (world.Mails.FindById(id) is not { } mail) return Results.NotFound();
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
            var html = mail.Body.TryGetProperty("html", out var part) && part.ValueKind == JsonValueKind.String ? part.GetString() : null;
            return Results.Text(html ?? "", "text/html");
        });

        var forms = routes.MapGroup("/sandbox/forms").AddEndpointFilter(async (context, next) =>
            context.HttpContext.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
                ? Results.StatusCode(403) : await next(context)).DisableAntiforgery();
        forms.MapPost("/faults/{partner}/{preset}", (string partner, string preset) =>
        {
            if (!FaultSwitches.Partners.Contains(partner) || Preset.All.FirstOrDefault(one => one.Key == preset) is not { } chosen)
                return Results.NotFound();
            world.Faults.Of(partner).Set(chosen.Fault);
            return Back("faults");
        });
        forms.MapPost("/heal", () =>
        {
            world.Faults.Clear();
            return Back("faults");
        });
        forms.MapPost("/stock", async (HttpRequest request) =>
        {
            if (await ReadFormAsync(request) is not { } form
                || form["sku"].ToString() is not { Length: >= 1 and <= 64 } sku
                || !int.TryParse(form["onHand"], NumberStyles.None, CultureInfo.InvariantCulture, out var onHand) || onHand > 1_000_000_000)
                return Results.Text(
                    "Nothing was changed: a SKU has 1 to 64 characters, and the stock is a whole number from 0 to 1000000000.",
                    statusCode: 400);
            await world.Warehouse.SetStockAsync(sku, onHand);
            return Back("stock");
        });
    }

    private static async Task<IFormCollection?> ReadFormAsync(HttpRequest request)
    {
        try
        {
            return request.HasFormContentType ? await request.ReadFormAsync() : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static IResult Back(string part) => Results.Redirect($"/sandbox#{part}");
}

internal sealed record Preset(string Key, string Name, Fault Fault)
{
    public static readonly IReadOnlyList<Preset> All =
    [
        new("well", "Well", Fault.None),
        new("down", "Down (503)", new(Status: 503)),
        new("slow", "Slow (3 s)", new(LatencyMs: 3000)),
        new("busy", "Busy (429)", new(Status: 429, RetryAfterSeconds: 10)),
        new("limit", "Allows 10 requests/s", new(RequestsPerSecond: 10)),
        new("lost", "Answers get lost", new(DropAfterAccept: 1)),
        new("hang", "Hangs", new(Hang: true)),
        new("flaky", "Half fail", new(Status: 500, Rate: 0.5)),
        new("refuses", "Refuses (422)", new(Status: 422)),
        new("page", "Answers 200 with a web page",
            new(Body: "<html><body><h1>Down for maintenance</h1></body></html>", ContentType: "text/html")),
    ];
}
