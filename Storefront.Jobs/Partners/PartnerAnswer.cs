using System.Collections;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Storefront.Jobs.Partners;

/// <summary>
/// What a partner answered, read to its end. It is a yes only where it can be read and names what was asked. It is a no only where the
/// partner refuses with an error code of its own. Everything else is in doubt: the partner may have done it, so the same is asked again
/// under the same key.
/// </summary>
/// <param name="Partner">For messages.</param>
/// <param name="Content">What was read of the body.</param>
/// <param name="CanBeRead">The whole body arrived, as plain UTF-8, and is no longer than an answer can be.</param>
/// <param name="RetryAfter">Null also where the header makes no sense.</param>
internal sealed partial record PartnerAnswer(string Partner, HttpStatusCode Status, byte[] Content, bool CanBeRead, TimeSpan? RetryAfter)
{
    /// <summary>An answer of this many bytes or more is none, unless what was asked for is larger.</summary>
    public const int MostBytes = 64 * 1024;

    private const int MostWords = 2000;

    // As the contracts have it, to the letter: an answer that bends them was written by somebody else, or for somebody else.
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        AllowDuplicateProperties = false,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RefuseNullItems } },
    };

    public int Code => (int)Status;

    /// <summary>The body as text, shortened: for the ledger, never for a decision.</summary>
    public string Body => Encoding.UTF8.GetString(Content.AsSpan(0, Math.Min(Content.Length, MostWords)));

    /// <summary>A page for a browser, which no partner of ours sends: somebody between us does.</summary>
    public bool IsWebPage => Content.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'<', ..];

    /// <summary>The body as <typeparamref name="T"/>; null where it is something else: a proxy between us answers in HTML.</summary>
    public T? Read<T>() where T : class
    {
        if (!CanBeRead) return null;
        try
        {
            return JsonSerializer.Deserialize<T>(Content, Strict);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null; // InvalidOperationException: escapes that are no text
        }
    }

    /// <summary>The partner's yes; null where this is none.</summary>
    /// <param name="names">Whether it names what was asked.</param>
    /// <param name="statuses">Those that the contract has for a yes.</param>
    public T? Yes<T>(Func<T, bool> names, params ReadOnlySpan<int> statuses) where T : class =>
        statuses.Contains(Code) && Read<T>() is { } said && names(said) ? said : null;

    /// <summary>The partner's own word for its no; null where the body is not the partner's, or has no such word.</summary>
    public string? Refusal<T>(Func<T, string> word) where T : class =>
        Code is >= 400 and < 500 && Read<T>() is { } said && Word().IsMatch(word(said)) ? word(said) : null;

    /// <summary>What an answer that is no yes comes to.</summary>
    /// <param name="refusal">The partner's own word for its no. Null: it did not say no, it was not understood.</param>
    public PartnerFault Fault(string? refusal) => (Code, refusal) switch
    {
        (429, _) => new PartnerDeferred(Message(refusal), RetryAfter, Words(refusal)),
        (503, _) when RetryAfter is { } after => new PartnerDeferred(Message(refusal), after, Words(refusal)),
        // A conflict passes, unless it is one that the contract names: then the partner's client knows it.
        (>= 400 and < 500 and not 408 and not 409 and not 425, not null) => new PartnerRefused(Message(refusal), words: Words(refusal)),
        _ => new PartnerUnavailable(Message(refusal), inDoubt: true, Words(refusal)),
    };

    /// <summary>For logs and people: without the partner's own sentences, which may quote the request.</summary>
    public string Message(string? refusal) => (Code, refusal) switch
    {
        (_, not null) => $"{Partner} answered {Code} {refusal}.",
        ( < 300 or (>= 400 and < 500 and not 408 and not 425 and not 429), _) =>
            $"{Partner} answered {Code}, which is no answer to what was asked.",
        _ => $"{Partner} answered {Code}.",
    };

    /// <summary>For the ledger: the partner's words, under ours where they are not the partner's.</summary>
    public string Words(string? refusal) => refusal is not null ? Body : $"{Message(refusal)} {Body}".TrimEnd();

    // The serializer looks at members only.
    private static void RefuseNullItems(JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable)
            type.OnDeserialized = list =>
            {
                foreach (var item in (IEnumerable)list)
                    if (item is null) throw new JsonException("An item is null.");
            };
    }

    // A word is a name, never a sentence: it is logged.
    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$")]
    private static partial Regex Word();
}
