using Polly;
using Polly.Timeout;

namespace Storefront.Jobs.Partners;

/// <summary>Failures of the partner or the way to it, which another attempt may not meet.</summary>
internal static class Transient
{
    public static bool IsTransient(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException or TimeoutRejectedException or IOException } => true,
        { Result: { } response } => (int)response.StatusCode is 408 or >= 500 and not 501 and not 505,
        _ => false,
    };
}
