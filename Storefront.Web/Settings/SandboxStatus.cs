
namespace Storefront.Web.Settings;

/// <summary>Whether this shop is a demonstration, and where its sandbox is.</summary>
/// <param name="Url">The sandbox partners' address; null when not <paramref name="Enabled"/>.</param>
public sealed record SandboxStatus(bool Enabled, Uri? Url);
