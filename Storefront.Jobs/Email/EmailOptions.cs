using System.ComponentModel.DataAnnotations;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Email;

/// <summary>Section <c>Partners:Email</c>.</summary>
public sealed class EmailOptions : JobPartnerOptions
{
    /// <summary>Who the mails come from, as <c>Name &lt;address&gt;</c>; the address's domain must be verified at the partner.</summary>
    [Required(ErrorMessage = "is missing: give the sender, for example Shop <orders@shop.example>.")]
    public string From { get; set; } = "";
}
