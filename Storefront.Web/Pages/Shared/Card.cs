using Storefront.Web.Database;

namespace Storefront.Web.Pages.Shared;

/// <param name="Eager">In the first screen, so its picture is not left for later.</param>
public sealed record Card(Product Product, int? Available, bool Eager = false);
