using System.ComponentModel.DataAnnotations;

namespace Storefront.Jobs.Retention;

/// <summary>Section <c>Retention</c>: how long we know who ordered.</summary>
public sealed class RetentionOptions
{
    /// <summary>Days after which an order loses name, address and e-mail; what was ordered for how much stays. Default 730.</summary>
    [Range(1, 36_500)]
    public int OrdersDays { get; set; } = 730;

    /// <summary>Days after its delivery that the text of a mail is kept. Default 30.</summary>
    [Range(1, 36_500)]
    public int MailDays { get; set; } = 30;
}
