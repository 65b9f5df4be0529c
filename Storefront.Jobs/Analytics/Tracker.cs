using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Deliveries;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Analytics;

/// <summary>Counts what happens to orders, each once, without anything that tells who ordered.</summary>
internal sealed class Tracker(Courier courier, IAnalyticsApi api, IOptions<AnalyticsOptions> options, TimeProvider clock)
{
    /// <param name="name">The e-commerce specification's name of the event.</param>
    public Task TrackAsync(Guid orderId, string effect, string name, CancellationToken cancel) =>
        courier.DeliverAsync(orderId, effect, write: null, keyLife: null, async (order, attempt) =>
        {
            var tracked = OrderEvent.Write(order, name, attempt.IdempotencyKey, attempt.FirstAt);
            using var batch = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new EventBatch([tracked], clock.GetUtcNow()), OrderEvent.Json));
            batch.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
            Understand(await PartnerCall.AskAsync("Analytics", options.Value.Timeout, clock, token => api.SendAsync(batch, token), cancel));
            return attempt.IdempotencyKey;
        }, cancel);

    // The status is all that the two of them agree on: Segment answers JSON, RudderStack plain text, and neither a page. A no is one only in Segment's words,
    // since a proxy says no in plain text as well.
    private static void Understand(PartnerAnswer answer)
    {
        if (answer.Code is >= 200 and < 300 && !answer.IsWebPage) return;
        throw answer.Fault(answer.Refusal<AnalyticsError>(error => error.Success ? "" : "refused"));
    }
}
