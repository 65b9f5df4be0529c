using System.Net.Mail;
using System.Text.Json;
using System.Text.RegularExpressions;
using static Storefront.Sandbox.Partners.Email.LetterFault;
using static Storefront.Sandbox.Partners.Email.MailFields;

namespace Storefront.Sandbox.Partners.Email;

internal sealed record LetterFault(string Name, string Message)
{
    public static LetterFault Invalid(string message) => new("validation_error", message);

    public static LetterFault Missing(string fields) => new("missing_required_field", $"Missing {fields} field.");
}

/// <summary>
/// What a mail must be to be accepted: the types of the published document, and what its descriptions demand. Members that it does not
/// name are accepted, as it allows.
/// </summary>
internal static partial class LetterRules
{
    private static readonly Func<JsonElement, LetterFault?>[] Rules = [Required, Texts, Recipients, Tags, Template, Attachments];

    /// <returns>Why it cannot be sent; null: it can.</returns>
    public static LetterFault? FaultOf(JsonElement mail, DateTimeOffset now) =>
        mail.ValueKind != JsonValueKind.Object ? Invalid("A mail is an object.")
        : Rules.Select(rule => rule(mail)).FirstOrDefault(fault => fault is not null)
            ?? (Has(mail, "scheduled_at") ? Schedule.FaultOf(mail, now) : null);

    private static LetterFault? Required(JsonElement mail)
    {
        foreach (var field in new[] { "from", "to", "subject" })
            if (!Has(mail, field)) return Missing($"`{field}`");
        return Has(mail, "html") || Has(mail, "text") || Has(mail, "template") ? null : Missing("`html` or `text`");
    }

    private static LetterFault? Texts(JsonElement mail) => NoText(mail, "subject", "html", "text", "topic_id")
        ?? (Has(mail, "headers") && Member(mail, "headers").ValueKind != JsonValueKind.Object
            ? Invalid("The `headers` field must be an object.") : null);

    private static LetterFault? Recipients(JsonElement mail)
    {
        if (Text(mail, "from") is not { } from || !MailAddress.TryCreate(from, out _))
            return new("invalid_from_address", "The `from` field must be an address, or a name and an address.");
        if (Addresses(mail, "to") is not { Count: >= 1 and <= 50 }) return Invalid("The `to` field must have 1 to 50 addresses.");
        foreach (var field in Letter.OtherRecipients)
            if (Has(mail, field) && Addresses(mail, field) is null) return Invalid($"The `{field}` field must have addresses.");
        return null;
    }

    private static LetterFault? Tags(JsonElement mail) =>
        NoList(mail, "tags") ?? (Items(mail, "tags").All(tag => IsTag(Text(tag, "name")) && IsTag(Text(tag, "value"))) ? null
            : Invalid("A tag has a `name` and a `value` of 1 to 256 ASCII letters, digits, underscores and dashes."));

    private static LetterFault? Template(JsonElement mail)
    {
        if (!Has(mail, "template")) return null;
        if (Has(mail, "html") || Has(mail, "text")) return Invalid("A mail has a `template`, or `html` and `text`, but not both.");
        var template = Member(mail, "template");
        if (Text(template, "id") is null) return Invalid("The `template` field must be an object with the `id` of a template.");
        var variables = Member(template, "variables");
        return !Has(template, "variables") || variables.ValueKind == JsonValueKind.Object && variables.EnumerateObject().All(variable =>
            variable.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                ? null : Invalid("The `variables` of a template must be an object of strings and numbers.");
    }

    private static LetterFault? Attachments(JsonElement mail)
    {
        if (NoList(mail, "attachments") is { } noList) return noList;
        var all = Items(mail, "attachments").ToList();
        if (all.Select(Attachment.FaultOf).FirstOrDefault(fault => fault is not null) is { } fault) return fault;
        const int MaxMegabytes = Attachment.MaxEncodedMegabytes;
        return all.Sum(Attachment.EncodedSize) > MaxMegabytes * 1024L * 1024
            ? Invalid($"The attachments of a mail have at most {MaxMegabytes} MB together, after Base64 encoding.") : null;
    }

    /// <returns>Which of the fields is there and is not a string.</returns>
    public static LetterFault? NoText(JsonElement parent, params string[] fields) =>
        fields.FirstOrDefault(field => Has(parent, field) && Text(parent, field) is null) is { } wrong
            ? Invalid($"The `{wrong}` field must be a string.") : null;

    private static LetterFault? NoList(JsonElement mail, string field) =>
        Has(mail, field) && Member(mail, field).ValueKind != JsonValueKind.Array ? Invalid($"The `{field}` field must be a list.") : null;

    private static bool IsTag(string? text) => text is not null && TagPattern().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,256}\z")]
    private static partial Regex TagPattern();
}
