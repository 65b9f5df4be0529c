using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Storefront.Sandbox.Partners;

/// <summary>A request's JSON, made storable before anything is decided: what was accepted can be written, read again and shown, whatever was sent.</summary>
internal static partial class PartnerBody
{
    /// <summary>Lower than the serializer's 64: the journal and the control API wrap what was accepted into documents of their own.</summary>
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 48 };

    /// <returns>Null: the body is not JSON, or is nested too deeply.</returns>
    public static async Task<JsonElement?> ReadAsync(HttpRequest request)
    {
        try
        {
            // Decoding replaces bytes that are no UTF-8; an escaped half of a surrogate pair is the other thing that no UTF-8 can hold.
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

    // A whole pair, half a pair, or any other escape: read in this order, a backslash that is itself escaped begins none.
    [GeneratedRegex(@"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", RegexOptions.ExplicitCapture)]
    private static partial Regex Escapes();
}
