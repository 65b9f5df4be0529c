using System.Globalization;

namespace Storefront.Jobs.Partners;

/// <summary>What a partner says about its limit: the <c>ratelimit-…</c> headers, as Resend sends them.</summary>
internal static class RateLimit
{
    private static readonly TimeSpan Absurd = TimeSpan.FromHours(1);

    /// <summary>How long the limit stays used up; null: it is not, or the partner does not say, or says what cannot be meant.</summary>
    public static TimeSpan? UsedUpFor(HttpResponseMessage response) =>
        Number(response, "ratelimit-remaining") == 0 && Number(response, "ratelimit-reset") is > 0 and var seconds
            && TimeSpan.FromSeconds(seconds) <= Absurd ? TimeSpan.FromSeconds(seconds) : null;

    private static int? Number(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
            && int.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
