using Refit;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Inventory;

/// <summary>Inventory's words: its OpenAPI document, as far as we use it. Repeats are harmless, since we choose the id.</summary>
internal interface IInventoryApi
{
    [Put("/v1/reservations/{id}")]
    Task<HttpResponseMessage> ReserveAsync(string id, [Body] ReserveRequest request, [Property(SendWitness.Key)] SendWitness witness, CancellationToken cancel);

    [Delete("/v1/reservations/{id}")]
    Task<HttpResponseMessage> ReleaseAsync(string id, CancellationToken cancel);

    [Get("/v1/reservations/{id}")]
    Task<HttpResponseMessage> GetAsync(string id, CancellationToken cancel);

    [Get("/v1/reservations")]
    Task<HttpResponseMessage> ListAsync(string? status, DateTimeOffset? updatedSince, string? cursor, int limit, CancellationToken cancel);

    [Get("/v1/stock")]
    Task<HttpResponseMessage> StockAsync([Query(CollectionFormat.Multi)] string[] sku, CancellationToken cancel);
}

internal sealed record ReserveRequest(IReadOnlyList<ReserveLine> Lines);

internal sealed record ReserveLine(string Sku, int Quantity);

internal sealed record ReservationDto(string Id, string Status, IReadOnlyList<ReserveLine> Lines, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

internal sealed record ReservationPage(IReadOnlyList<ReservationDto> Data, string? NextCursor);

internal sealed record StockPage(IReadOnlyList<StockLevel> Data);

internal sealed record StockLevel(string Sku, int OnHand, int Reserved, int Available);

/// <summary>RFC 9457, with Inventory's stable <c>code</c>.</summary>
internal sealed record InventoryProblem(string? Title, string? Detail, string? Code, IReadOnlyList<Shortfall>? Shortfalls);
