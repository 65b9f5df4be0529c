using System.Globalization;
using System.Text.RegularExpressions;

namespace Storefront.Sandbox.Partners.Email;

/// <summary>How a mail that was accepted reads: every member has the type that the published document gives it, and none is null.</summary>
internal static partial class Letter
{
    public static readonly string[] OtherRecipients = ["cc", "bcc", "reply_to"];

    public static object Whole(Accepted mail, DateTimeOffset now) => Described(mail, now, more =>
    {
        // What was not sent is empty: the contract allows no null here.
        more["html"] = MailFields.Text(mail.Body, "html") ?? "";
        more["text"] = MailFields.Text(mail.Body, "text") ?? "";
    });

    /// <summary>As a list shows it: without its two bodies.</summary>
    public static object Summary(Accepted mail, DateTimeOffset now) => Described(mail, now, _ => { });

    public static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static Dictionary<string, object> Described(Accepted mail, DateTimeOffset now, Action<Dictionary<string, object>> addMore)
    {
        var described = new Dictionary<string, object>
        {
            ["object"] = "email",
            ["id"] = mail.Id,
            ["message_id"] = $"<{mail.Id}@email.sandbox>",
            ["created_at"] = Text(mail.AcceptedAt),
            ["last_event"] = LastEvent(mail, now),
            ["from"] = MailFields.Text(mail.Body, "from") ?? "",
            ["to"] = MailFields.Addresses(mail.Body, "to") ?? [],
            ["subject"] = MailFields.Text(mail.Body, "subject") ?? "",
        };
        foreach (var field in OtherRecipients) described[field] = MailFields.Addresses(mail.Body, field) ?? [];
        if (mail.DueAt is { } due) described["scheduled_at"] = Text(due);
        addMore(described);
        return described;
    }

    // The partner's own test addresses decide what becomes of a mail.
    private static string LastEvent(Accepted mail, DateTimeOffset now) =>
        mail.Canceled ? "canceled"
        : Schedule.IsPending(mail, now) ? "scheduled"
        : TestAddress().Match(MailFields.Addresses(mail.Body, "to")?.FirstOrDefault() ?? "") is { Success: true } test
            ? test.Groups["event"].Value
        : "delivered";

    [GeneratedRegex(@"(?<event>delivered|bounced|complained|suppressed)(\+[^@]*)?@resend\.dev>?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex TestAddress();
}
