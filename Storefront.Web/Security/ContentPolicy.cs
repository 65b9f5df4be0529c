using System.Security.Cryptography;

namespace Storefront.Web.Security;

/// <summary>What a page of ours may load and do. Nothing inline runs anywhere, unless it carries the nonce of its own response.</summary>
internal static class ContentPolicy
{
    private static readonly object Key = new();

    /// <summary>For a script that has to stand in its page: good for this response alone.</summary>
    public static string Nonce(HttpContext http)
    {
        if (http.Items[Key] is string made) return made;
        var nonce = RandomNumberGenerator.GetHexString(32);
        http.Items[Key] = nonce;
        return nonce;
    }

    public static string Of(HttpContext http, PathString path)
    {
        var nonce = http.Items[Key] is string made ? $" 'nonce-{made}'" : "";
        // Hangfire's charts and the API reference write style elements of their own; neither can be told not to.
        var style = path.StartsWithSegments("/admin/jobs") || path.StartsWithSegments("/docs") ? " 'unsafe-inline'" : "";
        return $"default-src 'none'; script-src 'self'{nonce}; style-src 'self'{style}; img-src 'self' data:; font-src 'self'; connect-src "
            + $"'self'; frame-src 'self'; "
            + "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";
    }
}
