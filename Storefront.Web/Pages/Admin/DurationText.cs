namespace Storefront.Web.Pages.Admin;

/// <summary>How long something took or waits, as short as it can be said.</summary>
internal static class DurationText
{
    public static string Print(TimeSpan span) => span switch
    {
        { TotalMilliseconds: < 1000 } => $"{Math.Max(0, span.TotalMilliseconds):0} ms",
        { TotalSeconds: < 100 } => $"{span.TotalSeconds:0.0} s",
        { TotalMinutes: < 100 } => $"{span.TotalMinutes:0} min",
        { TotalHours: < 48 } => $"{span.TotalHours:0} h",
        _ => $"{span.TotalDays:0} days",
    };

    /// <summary>A duration that is an estimate, in words that say so.</summary>
    public static string About(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => "less than a minute",
        { TotalSeconds: < 90 } => "about 1 minute",
        { TotalMinutes: < 100 } => $"about {span.TotalMinutes:0} minutes",
        _ => $"about {Math.Max(2, span.TotalHours):0} hours",
    };
}
