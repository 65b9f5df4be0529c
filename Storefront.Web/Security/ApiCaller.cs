using System.Security.Cryptography;
using System.Text;

namespace Storefront.Web.Security;

/// <summary>The program whose key a call of the API has. Calls without a key have none.</summary>
/// <param name="Scopes">What it may do: names of <see cref="ApiScope"/>.</param>
public sealed record ApiCaller(Guid Id, string Name, IReadOnlyList<string> Scopes, int OrdersPerMinute)
{
    private const int LongestKey = 255;

    public static ApiCaller? Of(HttpContext http) => http.Features.Get<ApiCaller>();

    /// <summary>
    /// As it is stored: two programs that choose the same key mean two orders. A caller without an API key cannot choose one of these,
    /// since what it sends holds no space.
    /// </summary>
    public string Own(string idempotencyKey)
    {
        var own = $"{Id:n} {idempotencyKey}";
        return own.Length <= LongestKey
            ? own : $"{Id:n} #{Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(idempotencyKey)))}";
    }
}

/// <summary>Stored: rename none.</summary>
public static class ApiScope
{
    public const string PlaceOrders = "orders:write";
    public const string ReadOrders = "orders:read";
    public const string ReadProducts = "products:read";

    public static readonly IReadOnlyList<string> All = [PlaceOrders, ReadOrders, ReadProducts];
}
