using System.ComponentModel.DataAnnotations;

namespace Storefront.Jobs.Retention;

/// <summary>Section <c>Retention</c>: how long we know who ordered, and what was done about it. In days.</summary>
public sealed class RetentionOptions
{
    /// <summary>Days after which an order loses name, address and e-mail; what was ordered for how much stays. Default 730.</summary>
    [Range(1, 36_500)]
    public int OrdersDays { get; set; } = 730;

    /// <summary>Days after its delivery that the text of a mail is kept. Default 30.</summary>
    [Range(1, 36_500)]
    public int MailDays { get; set; } = 30;

    /// <summary>Days that each call of a partner is kept. Default 90.</summary>
    [Range(1, 36_500)]
    public int CallsDays { get; set; } = 90;

    /// <summary>Days that failed jobs are kept, with what they were told to do. Default 90.</summary>
    [Range(1, 36_500)]
    public int FailedJobsDays { get; set; } = 90;

    /// <summary>Days that is kept who did what in the back office, bulk work included. Default 400.</summary>
    [Range(1, 36_500)]
    public int AuditDays { get; set; } = 400;
}
