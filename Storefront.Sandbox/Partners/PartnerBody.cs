using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Storefront.Sandbox.Partners;

/// <summary>
/// A request's JSON, made storable before anything is decided. What was accepted can then be written, read again and shown,
/// whatever was sent.
/// </summary>
internal static partial class PartnerBody
{
    // Lower than the serializer's 64: the journal and the control API put what was accepted inside documents of their own.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 48 };

    /// <returns>Null: the body is not JSON, or is nested too deeply.</returns>
    public static async Task<JsonElement?> ReadAsync(HttpRequest request)
    {
        try
        {
            // Decoding replaces bytes that are not UTF-8. An escaped half of a surrogate pair cannot be written as UTF-8 either.
            using var reader = new StreamReader(request.Body, Encoding.UTF8);
            var text = Escapes().Replace(await reader.ReadToEndAsync(), escape => escape.Groups["half"].Success ? @"\ufffd" : escape.Value);
            using var document = JsonDocument.Parse(text, Options);
            return document.RootElement.Clone();
        }
        catch (Exception fault) when (fault is JsonException or InvalidDataException)
        {
            return null;
        }
    }

    // A whole surrogate pair, half a pair, or any other escape, in this order: so an escaped backslash does not begin an escape.
    [GeneratedRegex(
        @"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Escapes();
}
