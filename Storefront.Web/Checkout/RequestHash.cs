using System.Security.Cryptography;
using System.Text.Json;

namespace Storefront.Web.Checkout;

internal static class RequestHash
{
    /// <summary>SHA-256 of what was asked for, whatever the order of its lines: tells a repeat from another order under the same key.</summary>
    public static byte[] Of(CheckoutRequest request) => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new
    {
        request.Email,
        request.Name,
        request.Address,
        Lines = request.Lines.OrderBy(line => line.Sku, StringComparer.Ordinal),
    }));
}
