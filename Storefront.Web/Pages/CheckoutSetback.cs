using System.Diagnostics;
using Storefront.Jobs.Orders;
using Storefront.Web.Cart;
using Storefront.Web.Checkout;
using Storefront.Web.Pages.Shared;

namespace Storefront.Web.Pages;

/// <summary>Why a checkout is shown again, and what helps.</summary>
/// <param name="KeepsKey">The attempt has not ended, so the next one is the same order.</param>
public sealed record CheckoutSetback(int StatusCode, Problem Problem, bool KeepsKey = false)
{
    private bool saysPrice;

    /// <summary>By field name of the API.</summary>
    public IReadOnlyDictionary<string, string[]> Fields { get; private init; } = new Dictionary<string, string[]>();

    public IReadOnlyList<Shortfall> Shortfalls { get; private init; } = [];

    public static CheckoutSetback CartChanged { get; } = Say(
        409, "Your cart has changed", "It was changed in another window after you opened this page. Check it and place your order.",
        keepsKey: true);

    /// <summary>The form's cookie ends with the browser's session, and its token with signing in.</summary>
    public static CheckoutSetback FormTooOld { get; } = Say(
        400, "This page has expired", "Nothing was ordered, and what you entered is kept. Check it and place your order.", keepsKey: true);

    /// <summary>A form of another release, or one that somebody made by hand: we cannot know what its sender saw.</summary>
    public static CheckoutSetback PriceNotShown { get; } = Say(
        409, "Please check the total",
        "This page was opened before the shop was updated. Nothing was ordered. Check the total and place your order.", keepsKey: true);

    public static CheckoutSetback PriceChanged(SeenPrice seen, PricedCart now) => Say(
        409, "The price has changed", $"{Change(seen, now)} Nothing was ordered. Check the total and place your order.", keepsKey: true)
        with { saysPrice = true };

    /// <summary>The same setback, which also says that the price has changed since the form was shown.</summary>
    public CheckoutSetback With(SeenPrice? seen, PricedCart now) => saysPrice || !now.DiffersFrom(seen) ? this : this with
    {
        Problem = Problem with { Items = [.. Problem.Items, new ProblemItem($"The price has changed. {Change(seen!, now)}")] },
    };

    public static CheckoutSetback Of(CheckoutResult result, ShoppingCart cart) => result switch
    {
        CheckoutResult.Invalid(var errors) => Invalid(ForChoosers(errors)),
        CheckoutResult.SoldOut(_, var shortfalls) => Say(
            409, "Not enough in stock",
            "Nothing was ordered and you have not been charged. Your cart is kept: reduce the quantities, or change your cart.")
            with { Shortfalls = shortfalls },
        CheckoutResult.UnknownSku(var skus) => Say(
            422, "A product is no longer sold",
            "Nothing was ordered and you have not been charged. Remove the product and place your order.")
            with { Shortfalls = [.. skus.Select(sku => new Shortfall(sku, cart.Find(sku)?.Quantity ?? 0, 0))] },
        CheckoutResult.Unavailable => Say(
            503, "We cannot check our stock right now",
            "Nothing was ordered and you have not been charged. Your cart and what you entered are kept. Please try again in a moment."),
        CheckoutResult.TooMany(var after) => Say(
            429, "Too many orders with this email address",
            $"Nothing was ordered and your cart is kept. Try again in {Math.Ceiling(after.TotalMinutes):N0} minutes.", keepsKey: true),
        CheckoutResult.KeyReused => Say(
            409, "This cart was already submitted",
            "It was submitted with different details, and that order may have been placed. Check your email first. "
                + "To order again, place your order again."),
        CheckoutResult.Ended => Say(
            409, "Your earlier order was not placed", "No stock is reserved for it. To order now, place your order again."),
        _ => throw new UnreachableException(),
    };

    private static CheckoutSetback Say(int status, string heading, string advice, bool keepsKey = false) =>
        new(status, new Problem(heading, advice, []), keepsKey);

    private static CheckoutSetback Invalid(IReadOnlyDictionary<string, string[]> errors) => new(
        422,
        new Problem(
            "There is a problem", null,
            [.. errors.SelectMany(
                field => field.Value.Select(sentence => new ProblemItem($"{Label(field.Key)}: {sentence}", Target(field.Key))))]),
        KeepsKey: true)
    { Fields = errors };

    // The API's clients type a country's code; here it is picked from a list.
    private static Dictionary<string, string[]> ForChoosers(IReadOnlyDictionary<string, string[]> errors) =>
        errors.ToDictionary(error => error.Key,
            error => error.Key == "address.country" ? ["Choose a country from the list."] : error.Value);

    private static string Change(SeenPrice seen, PricedCart now) =>
        $"The total was {Money.Print(seen.Total ?? 0, seen.Currency!)} when you opened this page, "
        + $"and is {Money.Print(now.Total, now.Currency)} now.";

    private static string Target(string field) => field.StartsWith("lines", StringComparison.Ordinal) ? "lines" : Field.IdOf(field);

    private static string Label(string field) => field switch
    {
        "email" => "Email",
        "name" => "Name",
        "address.line1" => "Street and number",
        "address.line2" => "Flat, floor, company",
        "address.city" => "Town or city",
        "address.postalCode" => "Postal code",
        "address.country" => "Country",
        _ => "Your cart",
    };
}
