using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Checkout;

internal static class RequestHash
{
    /// <summary>
    /// SHA-256 of what was asked for, whatever the order of its lines: tells a repeat from another order under the same key.
    /// </summary>
    public static byte[] Of(CheckoutRequest request) => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new Asked(
        request.Email, request.Name, request.Address,
        request.Lines.OrderBy(line => line.Sku, StringComparer.Ordinal), Text(request.Seen))));

    // 24 and 24.00 are the same price.
    private static string? Text(SeenPrice? seen) =>
        seen is null ? null : string.Create(CultureInfo.InvariantCulture, $"{seen.Total:0.####} {seen.Currency}");

    /// <param name="Seen">
    /// Left out where there is none, as in the hashes of orders that were stored before a call could name a price.
    /// </param>
    private sealed record Asked(
        string Email, string Name, Address Address, IEnumerable<RequestedLine> Lines,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Seen);
}
