using Storefront.Web.Database;

namespace Storefront.Web.Pages.Shared;

/// <summary>A product's picture, or an empty plate of the same size, so that nothing on the page moves.</summary>
/// <param name="Alt">Empty where the name stands beside it.</param>
/// <param name="Size">Width and height, in CSS pixels.</param>
public sealed record ProductImage(Product? Product, int Size, string Alt = "", bool Eager = false);
