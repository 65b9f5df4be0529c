using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.StaticFiles;

namespace Storefront.Sandbox.Partners.Email;

/// <summary>An attachment of a mail that was accepted, in the contract's words.</summary>
internal sealed record Attachment(
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("filename")] string? Filename,
    [property: JsonPropertyName("content_type")] string ContentType,
    [property: JsonPropertyName("content_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ContentId,
    [property: JsonPropertyName("content_disposition")] string ContentDisposition,
    [property: JsonPropertyName("download_url")] string DownloadUrl,
    [property: JsonPropertyName("expires_at")] string ExpiresAt,
    [property: JsonPropertyName("size")] int Size)
{
    public const int MaxEncodedMegabytes = 40;

    private const int MaxContentIdLength = 127;

    private static readonly FileExtensionContentTypeProvider Types = new();

    [JsonIgnore]
    public byte[] Bytes { get; private init; } = [];

    public static IReadOnlyList<Attachment> Of(Accepted mail, HttpRequest request, DateTimeOffset now) =>
        [.. MailFields.Items(mail.Body, "attachments").Select((one, index) => Of(mail, index, one, request, now))];

    /// <returns>Why it cannot be sent; null: it can.</returns>
    public static LetterFault? FaultOf(JsonElement one)
    {
        if (one.ValueKind != JsonValueKind.Object) return LetterFault.Invalid("An attachment is an object.");
        if (LetterRules.NoText(one, "filename", "path", "content_type", "content_id") is { } fault) return fault;
        if (MailFields.Text(one, "content_id") is { Length: > MaxContentIdLength })
            return LetterFault.Invalid($"The `content_id` field has at most {MaxContentIdLength} characters.");
        if (MailFields.Has(one, "content"))
            return MailFields.Text(one, "content") is null && BufferOf(one) is null
                ? Invalid("The `content` of an attachment must be a Base64 string, or a Buffer.") : null;
        if (MailFields.Text(one, "path") is not { } path) return Invalid("An attachment must have either a `content` or a `path`.");
        return Uri.TryCreate(path, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? null : Invalid("The `path` of an attachment must be the URL of a file, which begins with http:// or https://.");

        static LetterFault Invalid(string message) => new("invalid_attachment", message);
    }

    /// <summary>How many bytes its content has in Base64. What another server holds does not count.</summary>
    public static long EncodedSize(JsonElement one) => (ContentSize(one) + 2L) / 3 * 4;

    private static int ContentSize(JsonElement one) =>
        MailFields.Text(one, "content") is { } text ? Base64.IsValid(text, out var decoded) ? decoded : Encoding.UTF8.GetByteCount(text)
        : BufferOf(one)?.GetArrayLength() ?? 0;

    private static Attachment Of(Accepted mail, int index, JsonElement one, HttpRequest request, DateTimeOffset now)
    {
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{mail.Id}/{index}")).AsSpan(0, 16)).ToString();
        // The file of another server is not fetched: whoever wants it finds it where the mail says.
        var path = MailFields.Has(one, "content") ? null : MailFields.Text(one, "path");
        var name = MailFields.Text(one, "filename") ?? NameOf(path);
        var type = MailFields.Text(one, "content_type")
            ?? (name is not null && Types.TryGetContentType(name, out var known) ? known : "application/octet-stream");
        var cid = MailFields.Text(one, "content_id");
        var bytes = ContentOf(one);
        var url = path ?? $"{request.Scheme}://{request.Host}/sandbox/emails/{mail.Id}/attachments/{id}";
        var disposition = cid is null ? "attachment" : "inline";
        return new("attachment", id, name, type, cid, disposition, url, Letter.Text(now.AddHours(1)), bytes.Length) { Bytes = bytes };
    }

    private static string? NameOf(string? path) =>
        Uri.TryCreate(path, UriKind.Absolute, out var url) && Path.GetFileName(url.LocalPath) is { Length: > 0 } name ? name : null;

    private static byte[] ContentOf(JsonElement one) =>
        MailFields.Text(one, "content") is { } text
            // What is not Base64 is kept as it was sent.
            ? Base64.IsValid(text) ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text)
        : BufferOf(one) is { } data ? [.. data.EnumerateArray().Select(number => number.GetByte())]
        : [];

    /// <summary>The numbers of what Node.js makes of a Buffer in JSON: <c>{"type":"Buffer","data":[104,105]}</c>.</summary>
    private static JsonElement? BufferOf(JsonElement one) =>
        MailFields.Member(one, "content") is { ValueKind: JsonValueKind.Object } content && MailFields.Text(content, "type") is "Buffer"
        && MailFields.Member(content, "data") is { ValueKind: JsonValueKind.Array } data
        && data.EnumerateArray().All(number => number.ValueKind == JsonValueKind.Number && number.TryGetByte(out _))
            ? data
            : null;
}
