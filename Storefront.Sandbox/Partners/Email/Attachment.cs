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
    public const string Content = "/sandbox/emails/{id}/attachments/{attachment}";

    private static readonly FileExtensionContentTypeProvider Types = new();

    [JsonIgnore]
    public byte[] Bytes { get; private init; } = [];

    public static IReadOnlyList<Attachment> Of(Accepted mail, HttpRequest request, DateTimeOffset now) =>
        mail.Body.TryGetProperty("attachments", out var all) && all.ValueKind == JsonValueKind.Array
            ? [.. all.EnumerateArray().Select((one, index) => Of(mail, index, one, request, now))]
            : [];

    private static Attachment Of(Accepted mail, int index, JsonElement one, HttpRequest request, DateTimeOffset now)
    {
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{mail.Id}/{index}")).AsSpan(0, 16)).ToString();
        var name = Letter.Text(one, "filename");
        var type = Letter.Text(one, "content_type")
            ?? (name is not null && Types.TryGetContentType(name, out var known) ? known : "application/octet-stream");
        var content = Letter.Text(one, "content") ?? "";
        var cid = Letter.Text(one, "content_id");
        // What is not Base64 is kept as it was sent; a path is another server's file, and is not fetched.
        var bytes = Base64.IsValid(content) ? Convert.FromBase64String(content) : Encoding.UTF8.GetBytes(content);
        var url = $"{request.Scheme}://{request.Host}/sandbox/emails/{mail.Id}/attachments/{id}";
        var disposition = cid is null ? "attachment" : "inline";
        return new("attachment", id, name, type, cid, disposition, url, Letter.Text(now.AddHours(1)), bytes.Length) { Bytes = bytes };
    }
}
