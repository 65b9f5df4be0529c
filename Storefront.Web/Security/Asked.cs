using System.Net;

namespace Storefront.Web.Security;

internal enum Asked { AccountForm, Order, Cart, Search, Lookup }

internal static class AskedFor
{
    /// <summary>Null: nothing that is limited.</summary>
    public static Asked? Of(HttpRequest request)
    {
        var posts = HttpMethods.IsPost(request.Method);
        var path = request.Path;
        if (path.StartsWithSegments("/account")) return posts ? Asked.AccountForm : null;
        if (path.StartsWithSegments("/checkout")) return posts ? Asked.Order : Asked.Cart;
        if (path.StartsWithSegments("/cart") || path.StartsWithSegments("/products")) return posts ? Asked.Cart : null;
        if (path.StartsWithSegments("/api/v1/orders", out var rest)) return posts && rest.Value is "" or "/" ? Asked.Order : Asked.Lookup;
        if (path.StartsWithSegments("/orders")) return Asked.Lookup;
        if (path.StartsWithSegments("/api/v1/products")) return Asked.Search;
        return request.Query.Count > 0 && (path == "/" || path.StartsWithSegments("/index")) ? Asked.Search : null;
    }

    /// <summary>Who asks: an IPv4 address, or the network of an IPv6 one.</summary>
    public static string By(IPAddress? address)
    {
        if (address is null) return "unknown";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork) return address.ToString();
        var network = address.GetAddressBytes();
        network.AsSpan(8).Clear();
        return new IPAddress(network).ToString();
    }
}
