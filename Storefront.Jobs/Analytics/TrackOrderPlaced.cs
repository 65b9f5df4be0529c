using Microsoft.Extensions.Options;
using Storefront.Jobs.Deliveries;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Placing;

namespace Storefront.Jobs.Analytics;

/// <summary>Counts the order: the event "Order Completed", without anything that tells who ordered.</summary>
internal sealed class TrackOrderPlaced(Courier courier, IAnalyticsApi api, IOptions<AnalyticsOptions> options, TimeProvider clock) : IEffectJob
{
    // An event may not exceed 32 KB, and an order may have 1000 lines: the total is of all, the products are the first of them.
    private const int MostProducts = 100;

    private static readonly EventContext Context = new(new EventLibrary("storefront", "1.0.0"));

    public Task RunAsync(Guid orderId, CancellationToken cancel) =>
        courier.DeliverAsync(orderId, Effects.OrderPlacedEvent, write: null, keyLife: null, async (order, attempt) =>
        {
            var batch = new EventBatch([Event(order, attempt.IdempotencyKey)], clock.GetUtcNow());
            Understand(await PartnerCall.AskAsync("Analytics", options.Value.Timeout, clock, token => api.SendAsync(batch, token), cancel));
            return attempt.IdempotencyKey;
        }, cancel);

    private static TrackedEvent Event(Order order, string messageId) => new(
        "track", messageId, order.Id.ToString(), "Order Completed", order.PlacedAt!.Value,
        new OrderProperties(order.Id, order.Total, order.Total, order.Currency,
        [
            .. order.Lines.Take(MostProducts).Select((line, index) =>
                new ProductProperties(line.Sku, line.Sku, Shorten(line.Name), line.UnitPrice, line.Quantity, index + 1)),
        ]), Context);

    private static string Shorten(string name) => name.Length > 100 ? name[..99] + "…" : name;

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
