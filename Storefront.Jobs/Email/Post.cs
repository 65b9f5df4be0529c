using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Deliveries;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Email;

/// <summary>Sends letters, each once.</summary>
internal sealed class Post(Courier courier, Letters letters, IEmailApi api, IOptions<EmailOptions> options, TimeProvider clock)
{
    // The partner forgets keys after 24 h. An hour less, for clocks that differ and a call that takes its time.
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(23);

    /// <param name="tooLate">Says why the letter must not go out any more; null: it may.</param>
    public Task SendAsync<TLetter>(Guid orderId, string effect, CancellationToken cancel, Func<Order, string?>? tooLate = null) where TLetter : LetterComponent =>
        courier.DeliverAsync(
            orderId, effect,
            write: async order => JsonSerializer.Serialize(await letters.WriteAsync<TLetter>(order), JsonSerializerOptions.Web),
            KeyLife,
            // As it is kept, not read and written anew: a later version of this program might write it differently.
            send: (order, attempt) => tooLate?.Invoke(order) is { } why ? throw new PartnerRefused(why) : SendAsync(attempt.Payload!, attempt.IdempotencyKey, cancel),
            cancel);

    /// <summary>One attempt at one mail; returns the partner's own id of it.</summary>
    /// <exception cref="PartnerFault">It is not known to be accepted.</exception>
    public Task<string?> SendAsync(Mail mail, string idempotencyKey, CancellationToken cancel) =>
        SendAsync(JsonSerializer.Serialize(mail, JsonSerializerOptions.Web), idempotencyKey, cancel);

    private async Task<string?> SendAsync(string mail, string idempotencyKey, CancellationToken cancel)
    {
        using var body = new StringContent(mail, Encoding.UTF8, "application/json");
        return Understand(await PartnerCall.AskAsync("Email", options.Value.Timeout, clock, token => api.SendAsync(body, idempotencyKey, token), cancel));
    }

    /// <summary>What became of a mail the partner accepted, in its own word.</summary>
    /// <exception cref="PartnerFault">It did not say.</exception>
    public async Task<string> StatusAsync(string reference, CancellationToken cancel)
    {
        var answer = await PartnerCall.AskAsync("Email", options.Value.Timeout, clock, token => api.GetAsync(reference, token), cancel);
        return answer.Code switch
        {
            200 => answer.Read<MailStatus>()?.LastEvent ?? "accepted",
            404 => "knows no such mail",
            _ => throw new PartnerUnavailable($"Email answered {answer.Code}.", inDoubt: false, answer.Body),
        };
    }

    private static string? Understand(PartnerAnswer answer)
    {
        if (answer.Code == 200) return answer.Read<SentMail>()?.Id;
        var error = answer.Read<EmailError>();
        var message = $"Email answered {answer.Code} {error?.Name}.";
        throw (answer.Code, error?.Name) switch
        {
            // The first call with this key is still under way: its outcome is what we want to hear.
            (409, "concurrent_idempotent_requests") => new PartnerDeferred(message, TimeSpan.FromSeconds(1), answer.Body, inDoubt: true),
            (409, _) => new PartnerRefused(message, inDoubt: true, answer.Body),
            (429, "daily_quota_exceeded" or "monthly_quota_exceeded") => new PartnerDeferred(message, TimeSpan.FromMinutes(15), answer.Body),
            (429, _) => new PartnerDeferred(message, answer.RetryAfter ?? TimeSpan.FromSeconds(1), answer.Body),
            (503, _) when answer.RetryAfter is { } after => new PartnerDeferred(message, after, answer.Body),
            (408 or >= 500, _) => new PartnerUnavailable(message, inDoubt: true, answer.Body),
            _ => new PartnerRefused(message, words: answer.Body),
        };
    }
}
