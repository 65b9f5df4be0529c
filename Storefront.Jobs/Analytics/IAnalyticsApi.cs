using System.Text.Json.Serialization;
using Refit;

namespace Storefront.Jobs.Analytics;

/// <summary>Segment's HTTP tracking API, as RudderStack takes it too. Repeats are told by <c>messageId</c>.</summary>
internal interface IAnalyticsApi
{
    [Post("/v1/batch")]
    Task<HttpResponseMessage> SendAsync([Body] EventBatch batch, CancellationToken cancel);
}

internal sealed record EventBatch(IReadOnlyList<TrackedEvent> Batch, DateTimeOffset SentAt);

/// <param name="MessageId">At most 100 characters.</param>
internal sealed record TrackedEvent(
    string Type, string MessageId, string AnonymousId, string Event, DateTimeOffset Timestamp, OrderProperties Properties, EventContext Context);

internal sealed record EventContext(EventLibrary Library);

internal sealed record EventLibrary(string Name, string Version);

/// <summary>The e-commerce specification's words for an order.</summary>
internal sealed record OrderProperties(
    [property: JsonPropertyName("order_id")] Guid OrderId, decimal Total, decimal Revenue, string Currency, IReadOnlyList<ProductProperties> Products);

internal sealed record ProductProperties(
    [property: JsonPropertyName("product_id")] string ProductId, string Sku, string Name, decimal Price, int Quantity, int Position);
