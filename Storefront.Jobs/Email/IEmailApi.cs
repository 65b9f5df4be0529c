using System.Text.Json.Serialization;
using Refit;

namespace Storefront.Jobs.Email;

/// <summary>Resend's words: <c>POST /emails</c>. A key is remembered for 24 hours.</summary>
internal interface IEmailApi
{
    /// <param name="mail">A <see cref="Mail"/> as JSON: a repeat under the same key has to be the same.</param>
    [Post("/emails")]
    Task<HttpResponseMessage> SendAsync([Body] HttpContent mail, [Header("Idempotency-Key")] string idempotencyKey, CancellationToken cancel);

    [Get("/emails/{id}")]
    Task<HttpResponseMessage> GetAsync(string id, CancellationToken cancel);
}

/// <summary>A rendered mail, as Resend takes it.</summary>
/// <param name="Tags">Names and values of letters, digits, <c>_</c> and <c>-</c>.</param>
internal sealed record Mail(string From, IReadOnlyList<string> To, string Subject, string Html, string Text, IReadOnlyList<MailTag> Tags);

internal sealed record MailTag(string Name, string Value);

internal sealed record SentMail(string? Id);

/// <param name="LastEvent"><c>queued</c>, <c>sent</c>, <c>delivered</c>, <c>bounced</c>, …</param>
internal sealed record MailStatus([property: JsonPropertyName("last_event")] string? LastEvent);

internal sealed record EmailError(string? Name, string? Message);
