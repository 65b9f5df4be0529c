using System.ComponentModel.DataAnnotations;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Email;

/// <summary>Section <c>Partners:Email</c>.</summary>
public sealed class EmailOptions : PartnerOptions
{
    /// <summary>Who the mails come from, as <c>Name &lt;address&gt;</c>; the address's domain must be verified at the partner.</summary>
    [Required(ErrorMessage = "is missing: give the sender, for example Shop <orders@shop.example>.")]
    public string From { get; set; } = "";

    /// <summary>For one call. Default 10.</summary>
    [Range(0.1, 300)]
    public double TimeoutSeconds { get; set; } = 10;

    /// <summary>Calls under way at once in this process. Default 64.</summary>
    [Range(1, 10_000)]
    public int ConcurrentCalls { get; set; } = 64;

    internal TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSeconds);
}
