using Microsoft.Extensions.Options;
using Storefront.Jobs.Email;

namespace Storefront.Web.Hosting;

/// <summary>
/// The path that shoppers find the shop under, where it is not a host's whole: what a known proxy says in <c>X-Forwarded-Prefix</c>, or else that of
/// <c>Shop:PublicUrl</c>. Proxies take it off or leave it on; either way the pages have the addresses below it, and the routes know nothing of it.
/// </summary>
internal static class PublicPath
{
    /// <summary>Of the shop's public address; empty where it has none.</summary>
    public static PathString Of(WebApplication app) =>
        new(Uri.UnescapeDataString(new Uri(app.Services.GetRequiredService<IOptions<ShopOptions>>().Value.PublicUrl).AbsolutePath.TrimEnd('/')));

    /// <summary>Stands before everything that looks at the path. Routing does, so it is begun here.</summary>
    public static void UsePublicPath(this WebApplication app)
    {
        var own = Of(app);
        app.Use((http, next) =>
        {
            var request = http.Request;
            if (IsPath(request.PathBase)) request.PathBase = new(request.PathBase.Value!.TrimEnd('/')); // by a known proxy, which has taken it off
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
    private static bool IsPath(PathString said) => said.Value is { Length: > 0 } path && path.AsSpan().IndexOf("//") < 0 && !path.Contains('\\', StringComparison.Ordinal);
}
