using Microsoft.Extensions.Options;
using Storefront.Jobs.Database;
using Storefront.Jobs.Deliveries;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Analytics;

/// <summary>Counts what happens to orders, each once, without anything that tells who ordered.</summary>
internal sealed class Tracker(Courier courier, IAnalyticsApi api, IOptions<AnalyticsOptions> options, TimeProvider clock)
{
    // An event may not exceed 32 KB, and an order may have 1000 lines: the total is of all, the products are the first of them.
    private const int MostProducts = 100;

    private static readonly EventContext Context = new(new EventLibrary("storefront", "1.0.0"));

    /// <param name="name">The e-commerce specification's name of the event.</param>
    public Task TrackAsync(Guid orderId, string effect, string name, CancellationToken cancel) =>
        courier.DeliverAsync(orderId, effect, write: null, keyLife: null, async (order, attempt) =>
        {
            var batch = new EventBatch([Event(order, name, attempt)], clock.GetUtcNow());
            Understand(await PartnerCall.AskAsync("Analytics", options.Value.Timeout, clock, token => api.SendAsync(batch, token), cancel));
            return attempt.IdempotencyKey;
        }, cancel);

    private static TrackedEvent Event(Order order, string name, Attempt attempt) => new(
        "track", attempt.IdempotencyKey, order.Id.ToString(), name, attempt.FirstAt,
        new OrderProperties(order.Id, order.Total, order.Total, order.Currency,
        [
            .. order.Lines.Take(MostProducts).Select((line, index) =>
                new ProductProperties(line.Sku, line.Sku, StorableText.Shorten(line.Name, 100), line.UnitPrice, line.Quantity, index + 1)),
        ]), Context);

    // The status is all that the two of them agree on: Segment answers JSON, RudderStack plain text.
    private static void Understand(PartnerAnswer answer)
    {
        if (answer.Code is >= 200 and < 300) return;
        var message = $"Analytics answered {answer.Code}.";
        throw answer.Code switch
        {
            429 => new PartnerDeferred(message, answer.RetryAfter ?? TimeSpan.FromSeconds(5), answer.Body),
            503 when answer.RetryAfter is { } after => new PartnerDeferred(message, after, answer.Body),
            408 or >= 500 => new PartnerUnavailable(message, inDoubt: true, answer.Body),
            _ => new PartnerRefused(message, words: answer.Body),
        };
    }
}
