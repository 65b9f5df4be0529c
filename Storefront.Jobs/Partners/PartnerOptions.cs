using System.ComponentModel.DataAnnotations;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Settings;

namespace Storefront.Jobs.Partners;

/// <summary>What every partner needs: section <c>Partners:{name}</c>.</summary>
public abstract class PartnerOptions : IValidatableObject
{
    public const double LeastPerSecond = 0.01, MostPerSecond = 10_000;

    /// <summary>Absolute, https; plain http for this machine alone. A path is kept.</summary>
    public string BaseUrl { get; set; } = "";

    [HeaderValue]
    public string ApiKey { get; set; } = "";

    /// <summary>Jobs of this partner that a process runs at once; 0: an equal share of <c>Jobs:Workers</c>. Default 0.</summary>
    [Range(0, 1000)]
    public int Workers { get; set; }

    /// <summary>
    /// Requests that the partner gets in any second from all processes together; 0.5: one in two seconds. Empty: as many as it takes. What
    /// the partner says of its limit in its answers counts as well, where it is lower.
    /// </summary>
    [Range(LeastPerSecond, MostPerSecond)]
    public double? RequestsPerSecond { get; set; }

    /// <summary>Requests that may follow each other at once after a quiet time, on top of the others. Default 1.</summary>
    [Range(1, 1000)]
    public int Burst { get; set; } = 1;

    /// <summary>That a job makes.</summary>
    internal abstract TimeSpan LongestCall { get; }

    internal RateLimit? Limit => RequestsPerSecond is { } perSecond ? new(perSecond, Burst) : null;

    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        Uri? url = null;
        if (!string.IsNullOrWhiteSpace(BaseUrl)
            && (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out url) || url.Scheme is not ("http" or "https")))
            yield return new($"is \"{BaseUrl}\", which is no absolute http or https address.", [nameof(BaseUrl)]);
        else if (url is { Scheme: "http", IsLoopback: false })
            yield return new($"is \"{BaseUrl}\": plain http is for this machine alone, elsewhere use https.", [nameof(BaseUrl)]);
    }
}
