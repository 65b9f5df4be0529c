using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Alerts;

/// <summary>Sends one message to whoever is on call; at least once, and a repeat says by its id that it is one.</summary>
internal sealed class SendAlert(
    [FromKeyedServices(AlertsRegistration.Key)] IWebhookApi webhook, IOptions<WebhookOptions> options, IOptions<ShopOptions> shop,
    PartnerCalls calls, TimeProvider clock)
{
    public async Task RunAsync(Guid id, string kind, string what, DateTimeOffset at, CancellationToken cancel)
    {
        var name = EnumName.Parse<AlertKind>(kind).ToString();
        var message = new AlertMessage(
            id, name, "critical", $"{shop.Value.Name}: {what}", at, shop.Value.Name, shop.Value.Page("admin"), $"ops/runbooks/{name}.md");
        try
        {
            var answer = await calls.AskAsync("The receiver of alerts", options.Value.Timeout,
                token => webhook.SendAsync(message, token), cancel);
            // A receiver answers in whatever words it likes: its status is all that counts.
            if (answer.Code is < 200 or > 299) throw answer.Fault(refusal: null);
        }
        catch (PartnerDeferred deferred)
        {
            throw new RetryLater(deferred.Pause(clock.GetUtcNow() - at), deferred, deferred: true);
        }
    }
}
