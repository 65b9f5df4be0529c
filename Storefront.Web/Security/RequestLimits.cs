using System.Text;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Net.Http.Headers;

namespace Storefront.Web.Security;

internal static class RequestLimits
{
    /// <summary>Longer than any page or call of ours takes, checkout's four seconds included; who follows an order is exempt.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static void AddRequestLimits(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ConnectionLimit>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            ConnectionLimit.Use(kestrel);
            // A cookie of another program on the same host may hold any bytes; as UTF-8 they would be refused, on every page.
            kestrel.RequestHeaderEncodingSelector = name =>
                name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase) ? Encoding.Latin1 : null;
            kestrel.Limits.MaxRequestBodySize = 512 * 1024; // an order of a thousand lines with the longest names has less than half of it
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
            // Who sends or takes more slowly than this holds a connection for nothing.
            kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
            kestrel.Limits.MinResponseDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        });
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy
        {
            Timeout = Longest,
            TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        });
    }
}
