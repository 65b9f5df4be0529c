using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Settings;

/// <summary>
/// The path under which shoppers find the shop, where the shop does not have a host for itself. A known proxy names it in
/// <c>X-Forwarded-Prefix</c>; otherwise it is the path of <c>Shop:PublicUrl</c>. A proxy may remove it from the request or leave it.
/// In both cases the pages link below it, and the routes do not know it.
/// </summary>
internal static class PublicPath
{
    /// <summary>The path of the shop's public address; empty where it has none.</summary>
    public static PathString Of(WebApplication app)
    {
        var url = new Uri(app.Services.GetRequiredService<IOptions<ShopOptions>>().Value.PublicUrl);
        return new(Uri.UnescapeDataString(url.AbsolutePath.TrimEnd('/')));
    }

    /// <summary>Must come before everything that reads the path. Routing reads it, so routing is added here.</summary>
    public static void UsePublicPath(this WebApplication app)
    {
        var own = Of(app);
        app.Use((http, next) =>
        {
            var request = http.Request;
            // By a known proxy, which has taken it off.
            if (IsPath(request.PathBase)) request.PathBase = new(request.PathBase.Value!.TrimEnd('/'));
            else
            {
                if (own.HasValue && request.Path.StartsWithSegments(own, out var rest)) request.Path = rest.HasValue ? rest : "/";
                request.PathBase = own;
            }

            return next(http);
        });
        app.UseRouting();
    }

    // Two slashes or a backslash in front of every link would lead to another host. A proxy may hand on what a browser's user wrote.
    private static bool IsPath(PathString said) =>
        said.Value is { Length: > 0 } path && path.AsSpan().IndexOf("//") < 0 && !path.Contains('\\', StringComparison.Ordinal);
}
