namespace Storefront.Web.Security;

internal static class SecurityHeaders
{
    private const string NoDevices =
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()";

    /// <summary>
    /// On every response, whoever writes it: set when its headers leave, so that an error handler, which starts with clean ones, drops
    /// none.
    /// </summary>
    public static void UseSecurityHeaders(this WebApplication app)
    {
        var hsts = !app.Environment.IsDevelopment();
        app.Use((http, next) =>
        {
            var path = http.Request.Path; // as asked for: an error page is run under another
            http.Response.OnStarting(() =>
            {
                Write(http, path, hsts);
                return Task.CompletedTask;
            });
            return next(http);
        });
    }

    private static void Write(HttpContext http, PathString path, bool hsts)
    {
        var headers = http.Response.Headers;
        if (headers.ContentSecurityPolicy.Count == 0) // a page that needs a narrower one has written its own
        {
            headers.ContentSecurityPolicy = ContentPolicy.Of(http, path);
            headers.XFrameOptions = "DENY"; // for browsers that do not know frame-ancestors
        }

        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin"; // an order's address is the key to it, and stays with us
        headers["Permissions-Policy"] = NoDevices;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (hsts && http.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        if (IsPersonal(path) && headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
    }

    // What shows an order, an account or the back office is kept by nobody on the way.
    private static bool IsPersonal(PathString path) =>
        path.StartsWithSegments("/admin") && !path.StartsWithSegments("/admin/jobs")
        || path.StartsWithSegments("/account") || path.StartsWithSegments("/orders") || path.StartsWithSegments("/api/v1/orders");
}
