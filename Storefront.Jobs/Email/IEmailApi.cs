using System.Collections.Frozen;
using System.Text.Json.Serialization;
using Refit;

namespace Storefront.Jobs.Email;

/// <summary>Resend's words: <c>POST /emails</c>. A key is remembered for 24 hours.</summary>
internal interface IEmailApi
{
    /// <param name="mail">A <see cref="Mail"/> as JSON: a repeat under the same key has to be the same.</param>
    [Post("/emails")]
    Task<HttpResponseMessage> SendAsync(
        [Body] HttpContent mail, [Header("Idempotency-Key")] string idempotencyKey, CancellationToken cancel);

    [Get("/emails/{id}")]
    Task<HttpResponseMessage> GetAsync(string id, CancellationToken cancel);
}

/// <summary>A rendered mail, as Resend takes it.</summary>
/// <param name="Tags">Names and values of letters, digits, <c>_</c> and <c>-</c>.</param>
internal sealed record Mail(string From, IReadOnlyList<string> To, string Subject, string Html, string Text, IReadOnlyList<MailTag> Tags);

internal sealed record MailTag(string Name, string Value);

internal sealed record SentMail(string Id);

/// <param name="LastEvent">One of <see cref="LastEvents"/>.</param>
internal sealed record MailStatus(string Id, [property: JsonPropertyName("last_event")] string LastEvent)
{
    public static readonly FrozenSet<string> LastEvents = FrozenSet.Create(
        "bounced", "canceled", "clicked", "complained", "delivered", "delivery_delayed",
        "failed", "opened", "queued", "scheduled", "sent", "suppressed");
}

/// <param name="Name">Of the error.</param>
internal sealed record EmailError(string Name);
