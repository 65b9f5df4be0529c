using System.Text.Json;
using System.Text.Json.Serialization;
using Refit;

namespace Storefront.Jobs.Analytics;

/// <summary>Segment's HTTP tracking API, as RudderStack takes it too. Repeats are told by <c>messageId</c>.</summary>
internal interface IAnalyticsApi
{
    /// <param name="batch">An <see cref="EventBatch"/> as JSON.</param>
    [Post("/v1/batch")]
    Task<HttpResponseMessage> SendAsync([Body] HttpContent batch, CancellationToken cancel);
}

/// <param name="Batch">Each a <see cref="TrackedEvent"/>.</param>
internal sealed record EventBatch(IReadOnlyList<JsonElement> Batch, DateTimeOffset SentAt);

/// <param name="MessageId">At most 100 characters.</param>
internal sealed record TrackedEvent(
    string Type, string MessageId, string AnonymousId, string Event, DateTimeOffset Timestamp, OrderProperties Properties,
    EventContext Context);

internal sealed record EventContext(EventLibrary Library);

internal sealed record EventLibrary(string Name, string Version);

/// <summary>The e-commerce specification's words for an order, and two of ours.</summary>
/// <param name="ProductsTruncated">True where <paramref name="Products"/> is not complete, since the size of an event is limited.</param>
/// <param name="ProductsTotal">The order's number of products, where they are not all here.</param>
internal sealed record OrderProperties(
    [property: JsonPropertyName("order_id")] Guid OrderId,
    decimal Total, decimal Revenue, string Currency, IReadOnlyList<ProductProperties> Products,
    [property: JsonPropertyName("products_truncated"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    bool? ProductsTruncated = null,
    [property: JsonPropertyName("products_total"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    int? ProductsTotal = null);

internal sealed record ProductProperties(
    [property: JsonPropertyName("product_id")] string ProductId, string Sku, string Name, decimal Price, int Quantity, int Position);

/// <param name="Success">Segment says false with every refusal.</param>
internal sealed record AnalyticsError(bool Success);
