using NpgsqlTypes;

namespace Storefront.Web.Database;

/// <summary>A thing the shop sells. How many there are is Inventory's business, not the catalogue's.</summary>
public sealed class Product
{
    private Product() { }

    /// <summary>1 to 64 characters; Inventory knows it by the same.</summary>
    public required string Sku { get; init; }

    public required string Name { get; init; }
    public required string Description { get; init; }
    public required string Category { get; init; }

    /// <summary>More than zero, with no more decimals than its currency has.</summary>
    public decimal Price { get; private set; }

    /// <summary>ISO 4217. A product in another currency than the shop's is not sold.</summary>
    public required string Currency { get; init; }

    /// <summary>A path on this site, for example <c>/products/mug.svg</c>; null: no picture.</summary>
    public string? ImageUrl { get; private set; }

    /// <summary>Where it stands in the catalogue as the shop arranged it.</summary>
    public int Position { get; private set; }

    /// <summary>Not active: no longer sold, kept for what refers to it.</summary>
    public bool Active { get; private set; }

    internal NpgsqlTsVector Words { get; private set; } = null!;
}
