using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Analytics;

/// <summary>Counts what happens to orders, each once, without anything that tells who ordered.</summary>
internal sealed class AnalyticsSender(
    DeliveryExecutor executor, IAnalyticsApi api, PartnerCalls calls, IOptions<AnalyticsOptions> options, TimeProvider clock)
{
    /// <param name="name">The e-commerce specification's name of the event.</param>
    public Task TrackAsync(Guid orderId, string effect, string name, CancellationToken cancel) =>
        executor.DeliverAsync(orderId, effect, write: null, async (order, attempt) =>
        {
            var tracked = OrderEvent.Write(order, name, attempt.IdempotencyKey, attempt.FirstAt);
            using var batch = new ByteArrayContent(
                JsonSerializer.SerializeToUtf8Bytes(new EventBatch([tracked], clock.GetUtcNow()), OrderEvent.Json));
            batch.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
            Understand(
                await calls.AskAsync(AnalyticsRegistration.Partner.Name, options.Value.Timeout,
                    token => api.SendAsync(batch, token), cancel));
            return attempt.IdempotencyKey;
        }, cancel);

    // Segment answers JSON and RudderStack plain text, so only the status tells a yes. An HTML page is never an answer of theirs.
    // A refusal counts only in Segment's JSON, since a proxy between us can refuse in plain text as well.
    private static void Understand(PartnerAnswer answer)
    {
        if (answer.Code is >= 200 and < 300 && !answer.IsWebPage) return;
        throw answer.Fault(answer.Refusal<AnalyticsError>(error => error.Success ? "" : "refused"));
    }
}
