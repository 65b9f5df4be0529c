using System.ComponentModel.DataAnnotations;
using Storefront.Web.Checkout;
using Storefront.Web.Security;

namespace Storefront.Web.Api.Contract;

/// <summary>What some problems say besides the members that all have.</summary>
internal static class ProblemMembers
{
    public static object? ExampleOf(ProblemKind kind) =>
        kind == ProblemKind.ValidationFailed
            ? new OfValidationFailed(new() { ["lines[0].quantity"] = ["Enter a quantity from 1 to 100000."] })
        : kind == ProblemKind.InsufficientStock ? new OfInsufficientStock([new("MUG-OAT", Requested: 2, Available: 1)])
        : kind == ProblemKind.UnknownSku ? new OfUnknownSku(["MUG-OLD"])
        : kind == ProblemKind.PriceChanged ? new OfPriceChanged(41.00m, "EUR")
        : null;

    /// <param name="Errors">Sentences by member, for example <c>address.city</c> or <c>lines[0].quantity</c>.</param>
    public sealed record OfValidationFailed(Dictionary<string, IReadOnlyList<string>> Errors);

    /// <param name="Shortfalls">The lines that cannot be filled.</param>
    public sealed record OfInsufficientStock(IReadOnlyList<ShortfallBody> Shortfalls);

    /// <param name="Sku">As it was ordered.</param>
    /// <param name="Requested">What was asked for.</param>
    /// <param name="Available">What is left.</param>
    public sealed record ShortfallBody(
        [property: StringLength(64, MinimumLength = 1)] string Sku,
        [property: Range(1, CheckoutRules.MostOfOne)] int Requested,
        [property: Range(0, int.MaxValue)] int Available);

    /// <param name="Skus">The products that the shop does not sell.</param>
    public sealed record OfUnknownSku(IReadOnlyList<string> Skus);

    /// <param name="Total">What the order costs now.</param>
    /// <param name="Currency">The currency of <c>total</c>.</param>
    public sealed record OfPriceChanged(
        [property: Range(typeof(decimal), "0", OrderBody.HighestTotal)] decimal Total,
        [property: CurrencyCode] string Currency);
}
