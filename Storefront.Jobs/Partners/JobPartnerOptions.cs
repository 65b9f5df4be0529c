using System.ComponentModel.DataAnnotations;

namespace Storefront.Jobs.Partners;

/// <summary>What a partner needs that only jobs call.</summary>
public abstract class JobPartnerOptions : PartnerOptions
{
    /// <summary>For one call. Default 10.</summary>
    [Range(0.1, 300)]
    public double TimeoutSeconds { get; set; } = 10;

    /// <summary>Calls under way at once in this process. Default 64.</summary>
    [Range(1, 10_000)]
    public int ConcurrentCalls { get; set; } = 64;

    internal override TimeSpan LongestCall => Timeout;

    internal TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSeconds);
}
