using System.Net.Mail;
using System.Text.Json;

namespace Storefront.Sandbox.Partners.Email;

/// <summary>
/// Reads what was sent, whatever its type. A member that is null counts as absent: clients write what they do not set as null.
/// </summary>
internal static class MailFields
{
    public static bool Has(JsonElement parent, string name) =>
        Member(parent, name).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <returns>Of kind <see cref="JsonValueKind.Undefined"/> where there is none.</returns>
    public static JsonElement Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : default;

    public static string? Text(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static IEnumerable<JsonElement> Items(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];

    /// <returns>Null: it is neither an address nor a list of addresses.</returns>
    public static List<string>? Addresses(JsonElement mail, string name) =>
        Texts(Member(mail, name)) is { } all && all.TrueForAll(one => MailAddress.TryCreate(one, out _)) ? all : null;

    private static List<string>? Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array when value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) =>
            [.. value.EnumerateArray().Select(one => one.GetString()!)],
        _ => null,
    };
}
