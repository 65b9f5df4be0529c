using System.Net;

namespace Storefront.Sandbox;

/// <summary>
/// The sandbox is for programs of this machine and for its own pages. Another site's page reaches it in two ways: by a name of that site
/// that leads to this machine (DNS rebinding), which shows in <c>Host</c>; and by sending a form or a request here, which shows in
/// <c>Origin</c>.
/// </summary>
internal static class OwnAddress
{
    public static void UseOwnAddress(this WebApplication app, Uri own) => app.Use(async (http, next) =>
    {
        var request = http.Request;
        var origin = request.Headers.Origin.ToString();
        if (!IsOwn(request.Host.Host, own))
            await RefuseAsync(http, StatusCodes.Status421MisdirectedRequest, "The sandbox has another name.");
        else if (origin.Length > 0 && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            await RefuseAsync(http, StatusCodes.Status403Forbidden, "Another site's page may not work the sandbox.");
        else await next(http);
    });

    private static bool IsOwn(string host, Uri own) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.Equals(own.Host, StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);

    private static Task RefuseAsync(HttpContext http, int status, string why) =>
        Results.Problem(statusCode: status, title: why, extensions: new Dictionary<string, object?> { ["code"] = "not_here" })
            .ExecuteAsync(http);
}
