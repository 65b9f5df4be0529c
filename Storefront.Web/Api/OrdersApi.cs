using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Storefront.Jobs.Orders;
using Storefront.Web.Api.Contract;
using Storefront.Web.Checkout;
using Storefront.Web.Security;

namespace Storefront.Web.Api;

internal static class OrdersApi
{
    public const string Tag = "Orders";

    private const string IdMeaning = "The order's `id`.";

    public static void MapOrders(this RouteGroupBuilder api)
    {
        var orders = api.MapGroup("/orders").WithTags(Tag);

        orders.MapPost("/", PlaceAsync).WithName("PlaceOrder").WithSummary("Place an order")
            .WithDescription(
                "Without `wait`, the call waits for Inventory only. Emails and analytics events are sent afterwards; the order's "
                + "deliveries show their status. With `wait`, the answer comes when they are delivered or given up, or the time is up: one "
                + "call shows all. While too many calls wait, further ones are answered at once. "
                + "You can repeat the call with the same Idempotency-Key: it places one order.")
            .Takes(Examples.PlaceOrder)
            .Answers(200, "The key was known, and this is its order.", Examples.Placed, AnswerHeader.Location, AnswerHeader.Replayed)
            .Answers(201, "The order is placed.", Examples.Placed, AnswerHeader.Location)
            .Answers(
                202,
                "Inventory did not give a definite answer at first. Get the path in `Location` until `status` is no longer `reserving`.",
                Examples.Reserving, AnswerHeader.Location, AnswerHeader.ReplayedIfKnown)
            .LinksTo("FindOrder", from: 202, parameter: "id", "$response.body#/id", "The order, which says when Inventory has answered.")
            .Refuses(
                ProblemKind.IdempotencyKeyMissing, ProblemKind.MalformedRequest, ProblemKind.TooSlow, ProblemKind.InsufficientStock,
                ProblemKind.IdempotencyInProgress, ProblemKind.PriceChanged, ProblemKind.TooLarge, ProblemKind.UnsupportedMediaType,
                ProblemKind.ValidationFailed, ProblemKind.IdempotencyKeyReused, ProblemKind.UnknownSku, ProblemKind.InventoryUnavailable)
            .NeedsScope(ApiScope.PlaceOrders);

        orders.MapGet("/{id:guid}", FindAsync).WithName("FindOrder").WithSummary("Get an order and the status of its deliveries")
            .WithDescription("Whoever knows the order's `id` may see it.")
            .Answers(200, "The order as it is now.", Examples.Placed)
            .Refuses(ProblemKind.NotFound).NeedsScope(ApiScope.ReadOrders);

        orders.MapPost("/{id:guid}/cancel", CancelAsync).WithName("CancelOrder").WithSummary("Cancel a placed order")
            .WithDescription("Gives the stock back. You can repeat the call: an order that is cancelled already stays cancelled.")
            .Answers(200, "The order is cancelled.", Examples.Cancelled)
            .Refuses(ProblemKind.NotFound, ProblemKind.NotCancellable).NeedsScope(ApiScope.PlaceOrders);
    }

    private static async Task<IResult> PlaceAsync(
        [FromHeader(Name = "Idempotency-Key")]
        [Description("Made by the client before the first call, one for each order: a UUID, for example.")]
        [StringLength(255, MinimumLength = 1), RegularExpression("^[!-~]+$"), Demanded]
        string? idempotencyKey,
        [Description("How long to wait for the order's deliveries, at most 10s. Without it, the call does not wait for them.")]
        [RegularExpression(WaitQuery.Pattern), MaxLength(WaitQuery.LongestText)]
        string? wait,
        [Description(
            "Which deliveries to wait for, by their `effect`, separated by commas; give `wait` as well. Without it: all that are due "
            + "within that time.")]
        [MaxLength(WaitQuery.LongestList)]
        string? effects,
        Checkout.Checkout checkout, EffectsWait waiting, EffectCatalogue catalogue, HttpContext http)
    {
        if (!IsKey(idempotencyKey))
            return Problems.Of(
                ProblemKind.IdempotencyKeyMissing,
                "Send 1 to 255 visible ASCII characters, unique to this order. Send the same key when you repeat the call.");
        var query = WaitQuery.Read(wait, effects, catalogue);
        if (query.Errors is { Count: > 0 } wrong) return Problems.Invalid(wrong, "The request is not valid.");
        var (body, problem) = await JsonBody.ReadAsync<PlaceOrderBody>(http.Request, http.RequestAborted);
        if (body is null) return problem!;
        if (Unreadable(body) is { } errors) return Problems.Invalid(errors);

        var result = await checkout.PlaceAsync(Request(idempotencyKey!, body, ApiCaller.Of(http)), http.RequestAborted);
        return Answer(query.Most is { } most ? await waiting.WaitAsync(result, most, query.Effects, http.RequestAborted) : result, http);
    }

    private static IResult Answer(CheckoutResult result, HttpContext http) => result switch
    {
        CheckoutResult.Placed(var order, Replayed: false) => Results.Created(Location(http, order), OrderBody.Of(order)),
        CheckoutResult.Placed(var order, Replayed: true) => Replayed(http, order),
        CheckoutResult.Ended(var order) => Replayed(http, order),
        CheckoutResult.Confirming(var order, var replayed) => Confirming(http, order, replayed),
        CheckoutResult.SoldOut(_, var shortfalls) => Problems.Of(
            ProblemKind.InsufficientStock, "Nothing is reserved. Order a smaller quantity with a new key.",
            new Dictionary<string, object?>
            {
                ["shortfalls"] = shortfalls.Select(shortfall => new ProblemMembers.ShortfallBody(
                    shortfall.Sku, shortfall.Requested, Math.Max(0, shortfall.Available))),
            }),
        CheckoutResult.InProgress(var after) =>
            Problems.Of(ProblemKind.IdempotencyInProgress, "Repeat the call later to get the result.").Later(after),
        CheckoutResult.KeyReused => Problems.Of(ProblemKind.IdempotencyKeyReused, "Make a new key for every order."),
        CheckoutResult.UnknownSku(var skus) unknown => Problems.Of(
            ProblemKind.UnknownSku, Missing(skus, unknown.InOtherCurrency), new Dictionary<string, object?> { ["skus"] = skus }),
        CheckoutResult.PriceChanged(var total, var currency) => Problems.Of(
            ProblemKind.PriceChanged,
            $"The total is now {Money.PrintWithCode(total, currency)}. Nothing was ordered. "
                + "Ask the shopper to confirm, then repeat the call with this total.",
            new Dictionary<string, object?> { ["total"] = total, ["currency"] = currency }),
        CheckoutResult.Unavailable(var after) => Problems.Of(
            ProblemKind.InventoryUnavailable, "Nothing was ordered. Repeat the call later with the same key.").Later(after),
        CheckoutResult.TooMany(var after) => Problems.TooMany("Too many orders with this email address.").Later(after),
        CheckoutResult.Invalid(var errors) => Problems.Invalid(errors),
        _ => throw new UnreachableException(),
    };

    private static IResult Replayed(HttpContext http, Order order)
    {
        http.Response.Headers["Idempotency-Replayed"] = "true";
        http.Response.Headers.Location = Location(http, order);
        return Results.Ok(OrderBody.Of(order));
    }

    private static IResult Confirming(HttpContext http, Order order, bool replayed)
    {
        if (replayed) http.Response.Headers["Idempotency-Replayed"] = "true";
        return Results.Accepted(Location(http, order), OrderBody.Of(order));
    }

    private static string Missing(IReadOnlyList<string> skus, IReadOnlyList<string> inOtherCurrency)
    {
        var unknown = skus.Except(inOtherCurrency).ToList();
        return string.Join(' ', new[] { (unknown, "Unknown"), (inOtherCurrency, "Priced in a different currency than the shop's") }
            .Where(some => some.Item1.Count > 0).Select(some => $"{some.Item2}: {string.Join(", ", some.Item1.Take(20))}."));
    }

    private static async Task<IResult> FindAsync([Description(IdMeaning)] Guid id, OrderStore orders, CancellationToken cancel) =>
        await orders.FindByKeyAsync(id, cancel) is { } order ? Results.Ok(OrderBody.Of(order)) : Problems.Of(ProblemKind.NotFound);

    private static async Task<IResult> CancelAsync([Description(IdMeaning)] Guid id, OrderStore orders, CancellationToken cancel) =>
        await orders.CancelByKeyAsync(id, cancel) switch
        {
            Cancelled.Done(var order) => Results.Ok(OrderBody.Of(order)),
            Cancelled.TooLate(var why) => Problems.Of(ProblemKind.NotCancellable, why),
            _ => Problems.Of(ProblemKind.NotFound),
        };

    private static bool IsKey(string? key) => key is { Length: >= 1 and <= 255 } && key.All(c => c is > ' ' and < '\x7f');

    // What the checkout's own rules cannot see, since its request has no place for it.
    private static Dictionary<string, string[]>? Unreadable(PlaceOrderBody body)
    {
        var errors = new Dictionary<string, string[]>();
        if (body.Address is null) errors["address"] = ["This field is required."];
        if (body.Lines is null) errors["lines"] = ["This field is required."];
        for (var i = 0; i < body.Lines?.Count; i++)
        {
            if (body.Lines[i] is null) errors[$"lines[{i}]"] = ["This cannot be null."];
            else if (body.Lines[i]!.Quantity is null) errors[$"lines[{i}].quantity"] = ["This field is required."];
        }

        return errors.Count > 0 ? errors : null;
    }

    private static CheckoutRequest Request(string key, PlaceOrderBody body, ApiCaller? caller) => new(
        caller?.Own(key) ?? key, body.Email ?? "", body.Name ?? "",
        new Address(body.Address!.Line1 ?? "", body.Address.Line2, body.Address.City ?? "", body.Address.PostalCode ?? "",
            Countries.CodeOf(body.Address.Country)),
        [.. body.Lines!.Select(line => new RequestedLine(line!.Sku ?? "", line.Quantity!.Value))])
    {
        IsOfKnownProgram = caller is not null,
        Seen = body.ExpectedTotal is null && body.ExpectedCurrency is null ? null : new(body.ExpectedTotal, body.ExpectedCurrency),
    };

    private static string Location(HttpContext http, Order order) => $"{http.Request.PathBase}/api/v1/orders/{order.Key}";
}
