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
    /// <summary>An answer of this many bytes or more counts as unreadable, unless the caller expects a larger one.</summary>
    public const int MostBytes = 64 * 1024;

    private const int MostWords = 2000;

    // Strict, as the contracts are: an answer that deviates from them may come from another program, or be meant for one.
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

    /// <summary>A web page. No partner sends one, so a proxy between us did.</summary>
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
            return null; // InvalidOperationException: an escape sequence is invalid
        }
    }

    /// <summary>What the partner accepted or returned; null where this answer is no success.</summary>
    /// <param name="names">Whether the body is about what was asked.</param>
    /// <param name="statuses">The contract's status codes for success.</param>
    public T? Yes<T>(Func<T, bool> names, params ReadOnlySpan<int> statuses) where T : class =>
        statuses.Contains(Code) && Read<T>() is { } said && names(said) ? said : null;

    /// <summary>The partner's own error code; null where the body is not the partner's, or has no such code.</summary>
    public string? Refusal<T>(Func<T, string> word) where T : class =>
        Code is >= 400 and < 500 && Read<T>() is { } said && Word().IsMatch(word(said)) ? word(said) : null;

    /// <summary>The fault for an answer that is no success.</summary>
    /// <param name="refusal">The partner's own error code. Null: no refusal of the partner was recognised.</param>
    public PartnerFault Fault(string? refusal) => (Code, refusal) switch
    {
        (429, _) => new PartnerDeferred(Message(refusal), RetryAfter, Words(refusal)),
        (503, _) when RetryAfter is { } after => new PartnerDeferred(Message(refusal), after, Words(refusal)),
        // A conflict (409) is temporary, unless the contract names it: those are handled by the partner's client before.
        (>= 400 and < 500 and not 408 and not 409 and not 425, not null) => new PartnerRefused(Message(refusal), words: Words(refusal)),
        _ => new PartnerUnavailable(Message(refusal), inDoubt: true, Words(refusal)),
    };

    /// <summary>For logs and people. It leaves out the partner's sentences, which may quote personal data from the request.</summary>
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

    // An error code is a name, never a sentence, since it is logged.
    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$")]
    private static partial Regex Word();
}
