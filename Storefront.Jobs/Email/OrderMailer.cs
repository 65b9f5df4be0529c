using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Email;

/// <summary>Sends letters, each once.</summary>
internal sealed partial class OrderMailer(
    DeliveryExecutor executor, Letters letters, IEmailApi api, IOptions<EmailOptions> options, PartnerCalls calls)
{
    private static readonly TimeSpan QuotaPause = TimeSpan.FromMinutes(15);

    /// <param name="tooLate">Says why the letter must not go out any more; null: it may.</param>
    public Task SendAsync<TLetter>(Guid orderId, string effect, CancellationToken cancel, Func<Order, string?>? tooLate = null)
        where TLetter : LetterComponent =>
        executor.DeliverAsync(
            orderId, effect,
            write: async order => JsonSerializer.Serialize(await letters.WriteAsync<TLetter>(order), JsonSerializerOptions.Web),
            // As it is kept, not read and written anew: a later version of this program might write it differently.
            send: (order, attempt) => tooLate?.Invoke(order) is { } why
                ? throw new PartnerRefused(why, called: false) : SendAsync(attempt.Payload!, attempt.IdempotencyKey, cancel),
            cancel);

    /// <summary>One attempt at one mail; returns the partner's own id of it.</summary>
    /// <exception cref="PartnerFault">It is not known to be accepted.</exception>
    public Task<string> SendAsync(Mail mail, string idempotencyKey, CancellationToken cancel) =>
        SendAsync(JsonSerializer.Serialize(mail, JsonSerializerOptions.Web), idempotencyKey, cancel);

    private async Task<string> SendAsync(string mail, string idempotencyKey, CancellationToken cancel)
    {
        using var body = new StringContent(mail, Encoding.UTF8, "application/json");
        return Understand(
            await calls.AskAsync(EmailRegistration.Partner.Name, options.Value.Timeout,
                token => api.SendAsync(body, idempotencyKey, token), cancel));
    }

    private static string Understand(PartnerAnswer answer)
    {
        if (answer.Yes<SentMail>(mail => MailId().IsMatch(mail.Id), 200) is { } sent) return sent.Id;
        var name = Name(answer);
        throw (answer.Code, name) switch
        {
            // The first call with this key is still under way: its outcome is what we want to hear.
            (409, "concurrent_idempotent_requests") =>
                new PartnerDeferred(answer.Message(name), answer.RetryAfter, answer.Body, inDoubt: true),
            (409, "invalid_idempotent_request") => new PartnerRefused(answer.Message(name), inDoubt: true, answer.Body),
            (429, "daily_quota_exceeded" or "monthly_quota_exceeded") => new PartnerDeferred(answer.Message(name), QuotaPause, answer.Body),
            _ => answer.Fault(name),
        };
    }

    internal static string? Name(PartnerAnswer answer) => answer.Refusal<EmailError>(error => error.Name);

    // What the ledger can keep, and what can be asked about later.
    [GeneratedRegex("^[!-~]{1,200}$")]
    private static partial Regex MailId();
}
