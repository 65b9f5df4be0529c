using Refit;

namespace Storefront.Jobs.Alerts;

/// <summary>One POST to the address that is configured, as Slack, Mattermost and most receivers of alerts take it.</summary>
internal interface IWebhookApi
{
    [Post("")]
    Task<HttpResponseMessage> SendAsync([Body] AlertMessage message, CancellationToken cancel);
}

/// <param name="Id">The same for every repeat of the same message.</param>
/// <param name="Text">A sentence for a person, which Slack shows.</param>
/// <param name="Runbook">The page that says what to do, in the repository.</param>
internal sealed record AlertMessage(
    Guid Id, string Alert, string Severity, string Text, DateTimeOffset At, string Shop, Uri Look, string Runbook);
