using System.Globalization;
using Storefront.Jobs.Queue.Gates;

namespace Storefront.Jobs.Partners;

/// <summary>What a partner says about its limit: the <c>ratelimit-…</c> headers, as Resend sends them.</summary>
internal static class QuotaHeaders
{
    private const int LongestResetSeconds = 3600;

    /// <summary>Null: the partner does not say, or says what cannot be meant.</summary>
    public static Quota? Of(HttpResponseMessage response) =>
        Number(response, "ratelimit-remaining") is { } remaining
            && Number(response, "ratelimit-reset") is > 0 and <= LongestResetSeconds and var seconds
            ? new(Number(response, "ratelimit-limit") ?? remaining, remaining, TimeSpan.FromSeconds(seconds)) : null;

    private static int? Number(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
            && int.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
