using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Storefront.Sandbox.Partners.Email;

/// <summary>When a mail is to go out, in the partner's words: a date in ISO 8601 format, or a time from now.</summary>
internal static partial class Schedule
{
    private const int MaxDays = 30;

    /// <returns>When the mail, or a change of it, is to go out; null where it does not say.</returns>
    /// <param name="from">What "in 5 minutes" counts from.</param>
    public static DateTimeOffset? Of(JsonElement body, DateTimeOffset from)
    {
        var text = MailFields.Text(body, "scheduled_at") ?? "";
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        // Without its date, a time of day would be read as one of the day that the machine has.
        if (Date().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var at)) return at;
        if (Later().Match(text) is not { Success: true } later) return null;
        var minutes = later.Groups["unit"].ValueSpan[0] switch { 'm' => 1, 'h' => 60, _ => 24 * 60 };
        return from.AddMinutes(int.Parse(later.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) * minutes);
    }

    public static LetterFault? FaultOf(JsonElement body, DateTimeOffset now) => Of(body, now) switch
    {
        null => LetterFault.Invalid(
            "The `scheduled_at` field must be a date in ISO 8601 format, or a time from now: `in 5 minutes`, `in 1 hour`, `in 2 days`."),
        { } due when due > now.AddDays(MaxDays) => LetterFault.Invalid($"A mail can be scheduled at most {MaxDays} days ahead."),
        _ => null,
    };

    /// <summary>Whether it can still be changed: it is due later and has not been canceled.</summary>
    public static bool IsPending(Accepted mail, DateTimeOffset now) => !mail.Canceled && mail.DueAt > now;

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    private static partial Regex Date();

    [GeneratedRegex(@"\Ain (?<count>[0-9]{1,4}) (?<unit>min|mins|minute|minutes|hour|hours|day|days)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Later();
}
