using Refit;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Inventory;

/// <summary>Inventory's words: its OpenAPI document, as far as we use it. Repeats are harmless, since we choose the id.</summary>
internal interface IInventoryApi
{
    [Put("/v1/reservations/{id}")]
    Task<HttpResponseMessage> ReserveAsync(
        string id, [Body] ReserveRequest request, [Property(AttemptOutcome.Key)] AttemptOutcome outcome, CancellationToken cancel);

    [Delete("/v1/reservations/{id}")]
    Task<HttpResponseMessage> ReleaseAsync(string id, CancellationToken cancel);

    [Get("/v1/reservations/{id}")]
    Task<HttpResponseMessage> GetAsync(string id, CancellationToken cancel);

    [Get("/v1/reservations")]
    Task<HttpResponseMessage> ListAsync(
        string? status, [Query(Format = "O")] DateTimeOffset? updatedSince, string? cursor, int limit, CancellationToken cancel);

    [Get("/v1/stock")]
    Task<HttpResponseMessage> StockAsync([Query(CollectionFormat.Multi)] string[] sku, CancellationToken cancel);
}

internal sealed record ReserveRequest(IReadOnlyList<ReserveLine> Lines);

internal sealed record ReserveLine(string Sku, int Quantity);

/// <param name="Status"><c>held</c> or <c>released</c>.</param>
internal sealed record ReservationDto(string Id, string Status, IReadOnlyList<ReserveLine> Lines, DateTimeOffset? UpdatedAt = null)
{
    public const string Held = "held", Released = "released";

    public bool IsOf(Guid orderId) => Id == orderId.ToString();

    /// <summary>Exactly these lines, in whatever order.</summary>
    public bool Has(IReadOnlyCollection<OrderLine> lines) =>
        Lines.Count == lines.Count && Lines.ToHashSet().SetEquals(lines.Select(line => new ReserveLine(line.Sku, line.Quantity)));
}

internal sealed record ReservationPage(IReadOnlyList<ReservationDto> Data, string? NextCursor);

internal sealed record StockPage(IReadOnlyList<StockLevel> Data);

internal sealed record StockLevel(string Sku, int Available);

/// <summary>RFC 9457, with Inventory's stable <c>code</c>.</summary>
internal sealed record InventoryProblem(string Code, IReadOnlyList<Shortfall>? Shortfalls = null)
{
    /// <summary>Each of another line that was asked for, and none impossible.</summary>
    public bool IsAbout(IReadOnlyCollection<OrderLine> lines) =>
        Shortfalls is null
        || Shortfalls.All(shortfall => shortfall is { Available: >= 0, Requested: > 0 } && lines.Any(line => line.Sku == shortfall.Sku))
            && Shortfalls.DistinctBy(shortfall => shortfall.Sku).Count() == Shortfalls.Count;
}
