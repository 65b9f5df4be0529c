using System.Globalization;
using System.Net.Mail;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Storefront.Sandbox.Partners.Email;

internal sealed record LetterFault(string Name, string Message);

/// <summary>
/// What a mail must be to be accepted, and how it reads afterwards: every member has the type that the contract gives it, and none is null.
/// </summary>
internal static partial class Letter
{
    private static readonly string[] OtherRecipients = ["cc", "bcc", "reply_to"];

    /// <summary>Why it cannot be sent; null: it can.</summary>
    public static LetterFault? Fault(JsonElement mail)
    {
        if (mail.ValueKind != JsonValueKind.Object) return Invalid("A mail is an object.");
        foreach (var field in new[] { "from", "to", "subject" })
            if (!Has(mail, field)) return new("missing_required_field", $"Missing `{field}` field.");
        if (!Has(mail, "html") && !Has(mail, "text")) return new("missing_required_field", "Missing `html` or `text` field.");
        foreach (var field in new[] { "subject", "html", "text" })
            if (Has(mail, field) && Text(mail, field) is null) return Invalid($"The `{field}` field must be a string.");
        if (Text(mail, "from") is not { } from || !MailAddress.TryCreate(from, out _))
            return new("invalid_from_address", "The `from` field must be an address, or a name and an address.");
        if (Addresses(mail, "to") is not { Count: >= 1 and <= 50 }) return Invalid("The `to` field must have 1 to 50 addresses.");
        foreach (var field in OtherRecipients)
            if (Has(mail, field) && Addresses(mail, field) is null) return Invalid($"The `{field}` field must have addresses.");
        if (Has(mail, "scheduled_at") && ScheduleOf(mail, DateTimeOffset.UnixEpoch) is null)
            return Invalid("The `scheduled_at` field must be a date in ISO 8601 format.");
        if (mail.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Array
            && tags.EnumerateArray().Any(tag => !IsTag(Text(tag, "name")) || !IsTag(Text(tag, "value"))))
            return Invalid("Tags may have ASCII letters, digits, underscores and dashes only.");
        return null;
    }

    public static object Whole(Accepted mail, DateTimeOffset now) => Described(mail, now, more =>
    {
        // What was not sent is empty: the contract allows no null here.
        more["html"] = Text(mail.Body, "html") ?? "";
        more["text"] = Text(mail.Body, "text") ?? "";
    });

    /// <summary>As a list shows it: without its two bodies.</summary>
    public static object Summary(Accepted mail, DateTimeOffset now) => Described(mail, now, _ => { });

    /// <summary>Whether it can still be changed: it is due later and has not been canceled.</summary>
    public static bool IsScheduled(Accepted mail, DateTimeOffset now) => !mail.Canceled && DueAt(mail) > now;

    /// <returns>When the mail, or a change of it, is to go out; null where it does not say.</returns>
    /// <param name="from">What "in 5 minutes" counts from.</param>
    public static DateTimeOffset? ScheduleOf(JsonElement body, DateTimeOffset from)
    {
        var text = Text(body, "scheduled_at") ?? "";
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var at)) return at;
        if (Later().Match(text) is not { Success: true } later) return null;
        var minutes = later.Groups["unit"].ValueSpan[0] switch { 'm' => 1, 'h' => 60, _ => 24 * 60 };
        return from.AddMinutes(int.Parse(later.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) * minutes);
    }

    public static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static Dictionary<string, object> Described(Accepted mail, DateTimeOffset now, Action<Dictionary<string, object>> addMore)
    {
        var described = new Dictionary<string, object>
        {
            ["object"] = "email",
            ["id"] = mail.Id,
            ["message_id"] = $"<{mail.Id}@email.sandbox>",
            ["created_at"] = Text(mail.AcceptedAt),
            ["last_event"] = LastEvent(mail, now),
            ["from"] = Text(mail.Body, "from") ?? "",
            ["to"] = Addresses(mail.Body, "to") ?? [],
            ["subject"] = Text(mail.Body, "subject") ?? "",
        };
        foreach (var field in OtherRecipients) described[field] = Addresses(mail.Body, field) ?? [];
        if (DueAt(mail) is { } due) described["scheduled_at"] = Text(due);
        addMore(described);
        return described;
    }

    private static DateTimeOffset? DueAt(Accepted mail) => mail.DueAt ?? ScheduleOf(mail.Body, mail.AcceptedAt);

    // The partner's own test addresses.
    private static string LastEvent(Accepted mail, DateTimeOffset now) =>
        mail.Canceled ? "canceled"
        : IsScheduled(mail, now) ? "scheduled"
        : TestAddress().Match(Addresses(mail.Body, "to")?.FirstOrDefault() ?? "") is { Success: true } test ? test.Groups["event"].Value
        : "delivered";

    private static List<string>? Addresses(JsonElement mail, string field) =>
        Texts(mail.TryGetProperty(field, out var value) ? value : default) is { } all
        && all.TrueForAll(one => MailAddress.TryCreate(one, out _))
            ? all
            : null;

    private static List<string>? Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array when value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) =>
            [.. value.EnumerateArray().Select(one => one.GetString()!)],
        _ => null,
    };

    private static bool Has(JsonElement mail, string field) =>
        mail.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;

    private static bool IsTag(string? text) => text is not null && TagPattern().IsMatch(text);

    private static LetterFault Invalid(string message) => new("validation_error", message);

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,256}\z")]
    private static partial Regex TagPattern();

    [GeneratedRegex(@"\Ain (?<count>[0-9]{1,4}) (?<unit>min|mins|minute|minutes|hour|hours|day|days)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Later();

    [GeneratedRegex(@"(?<event>delivered|bounced|complained|suppressed)(\+[^@]*)?@resend\.dev>?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex TestAddress();
}
