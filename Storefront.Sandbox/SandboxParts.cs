using Storefront.Sandbox.Partners;
using Storefront.Sandbox.Postgres;

namespace Storefront.Sandbox;

/// <summary>
/// What a shop starts of the sandbox. The results are of .NET's own types: a variable of a type from here would be needed to load the shop,
/// and a published shop is loaded without this assembly.
/// </summary>
public static class SandboxParts
{
    /// <inheritdoc cref="SandboxPostgres.StartAsync(string, Action{string}, CancellationToken)"/>
    public static async Task<(string ConnectionString, IAsyncDisposable Server)> StartPostgresAsync(
        string dataDirectory, Action<string> progress, CancellationToken cancel)
    {
        var postgres = await SandboxPostgres.StartAsync(dataDirectory, progress, cancel);
        return (postgres.ConnectionString, postgres);
    }

    /// <inheritdoc cref="SandboxPartners.StartAsync(Uri, string, IEnumerable{ValueTuple{string, int}}, CancellationToken)"/>
    public static async Task<(Uri Url, IAsyncDisposable Server)> StartPartnersAsync(
        Uri url, string dataDirectory, IEnumerable<(string Sku, int OnHand)> seed, CancellationToken cancel)
    {
        var partners = await SandboxPartners.StartAsync(url, dataDirectory, seed, cancel);
        return (partners.Url, partners);
    }
}
