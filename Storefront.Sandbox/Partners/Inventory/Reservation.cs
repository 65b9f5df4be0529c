namespace Storefront.Sandbox.Partners.Inventory;

internal sealed record Line(string Sku, int Quantity);

/// <param name="Status"><c>held</c> or <c>released</c>; one released before it was ever held is a tombstone without lines.</param>
/// <param name="Deliveries">How often it was asked for.</param>
internal sealed record Reservation(
    string Id, string Status, IReadOnlyList<Line> Lines, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, int Deliveries);

internal sealed record StockLevel(string Sku, int OnHand, int Reserved, int Available);

internal sealed record Shortfall(string Sku, int Requested, int Available);

internal abstract record ReserveOutcome
{
    public sealed record Held(Reservation Reservation, bool Repeat) : ReserveOutcome;

    public sealed record Short(IReadOnlyList<Shortfall> Shortfalls) : ReserveOutcome;

    public sealed record UnknownSku(IReadOnlyList<string> Skus) : ReserveOutcome;

    public sealed record Mismatch : ReserveOutcome;

    public sealed record Released : ReserveOutcome;
}
