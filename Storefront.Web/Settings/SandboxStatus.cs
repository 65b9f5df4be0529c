
namespace Storefront.Web.Settings;

/// <summary>Whether this shop is a demonstration, and where its sandbox is.</summary>
/// <param name="Url">The sandbox partners' address; null when not <paramref name="Enabled"/>.</param>
/// <param name="DataDirectory">Where the sandbox keeps its data, if it is enabled or not; null in a published shop, which has none.</param>
public sealed record SandboxStatus(bool Enabled, Uri? Url, string? DataDirectory);
