using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Email;

/// <summary>Asks the partner what became of a mail that it accepted.</summary>
internal sealed class EmailDeliveryStatus(IEmailApi api, IOptions<EmailOptions> options, PartnerCalls calls) : IDeliveryStatus
{
    public Partner Partner => EmailRegistration.Partner;

    public async Task<string> StatusAsync(string reference, CancellationToken cancel)
    {
        var answer =
            await calls.AskAsync(Partner.Name, options.Value.Timeout, token => api.GetAsync(reference, token), cancel);
        var name = OrderMailer.Name(answer);
        return (answer.Code, name) is (404, not null) ? "email not found"
            : answer.Yes<MailStatus>(mail => mail.Id == reference && MailStatus.LastEvents.Contains(mail.LastEvent), 200)?.LastEvent
                ?? throw answer.Fault(name);
    }
}
