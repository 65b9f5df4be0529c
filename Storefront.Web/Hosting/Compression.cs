namespace Storefront.Web.Hosting;

internal static class Compression
{
    public static void AddCompression(this IServiceCollection services) =>
        services.AddResponseCompression(compress => compress.EnableForHttps = true);

    /// <summary>
    /// Compresses what everybody may read and nothing else: over TLS, the length of a compressed page tells something about what is in it,
    /// and somebody's address may be. The assets were compressed when they were built.
    /// </summary>
    public static void UseCompression(this WebApplication app) => app.UseWhen(IsForEverybody, open => open.UseResponseCompression());

    private static bool IsForEverybody(HttpContext context) => context.Request.Path is var path
        && (path == "/" || path.StartsWithSegments("/products") || path.StartsWithSegments("/api/v1/products")
            || path.StartsWithSegments("/openapi"));
}
