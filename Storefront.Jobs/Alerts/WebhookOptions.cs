using System.ComponentModel.DataAnnotations;
using Storefront.Jobs.Settings;

namespace Storefront.Jobs.Alerts;

/// <summary>Section <c>Alerts:Webhook</c>.</summary>
public sealed class WebhookOptions : IValidatableObject
{
    /// <summary>Who is told, with its path: absolute, https; plain http for this machine alone. Empty: nobody.</summary>
    public string Url { get; set; } = "";

    /// <summary>Sent as a bearer token, where the receiver wants one.</summary>
    [HeaderValue]
    public string Key { get; set; } = "";

    /// <summary>For one call. Default 10.</summary>
    [Range(0.1, 300)]
    public double TimeoutSeconds { get; set; } = 10;

    /// <summary>How long nothing more is said of the same kind, by any node. Default 15.</summary>
    [Range(0.01, 1440)]
    public double QuietMinutes { get; set; } = 15;

    /// <summary>Repairs within an hour, beyond which a person is told. Default 20.</summary>
    [Range(1, 100_000)]
    public int RepairsAnHour { get; set; } = 20;

    internal bool IsOn => Url.Length > 0;
    internal TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSeconds);
    internal TimeSpan Quiet => TimeSpan.FromMinutes(QuietMinutes);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsOn
            && !(Uri.TryCreate(Url, UriKind.Absolute, out var url)
                && (url.Scheme == "https" || url is { Scheme: "http", IsLoopback: true })))
            // Without the text itself: such addresses are secrets.
            yield return new("is no absolute https address (plain http is for this machine alone).", [nameof(Url)]);
    }
}
