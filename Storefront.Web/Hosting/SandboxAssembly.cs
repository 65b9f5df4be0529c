using System.Reflection;
using System.Runtime.CompilerServices;
using Storefront.Sandbox;
using Storefront.Sandbox.Postgres;

namespace Storefront.Web.Hosting;

/// <summary>
/// The only file of Web that names a type of Storefront.Sandbox. A build has that assembly; what <c>dotnet publish</c> makes does not.
/// .NET looks for it when a method that names its types runs for the first time: so each stands alone here, and runs only if
/// <see cref="IsHere"/>.
/// </summary>
internal static class SandboxAssembly
{
    /// <summary>False in a published shop.</summary>
    public static bool IsHere { get; } = CanBeLoaded();

    /// <inheritdoc cref="SandboxDirectory.Of"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static string DirectoryOf(string? configured) => SandboxDirectory.Of(configured);

    /// <inheritdoc cref="SandboxParts.StartPostgresAsync"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Task<(string ConnectionString, IAsyncDisposable Server)> StartPostgresAsync(
        string dataDirectory, Action<string> progress, CancellationToken cancel) =>
        SandboxParts.StartPostgresAsync(dataDirectory, progress, cancel);

    /// <inheritdoc cref="SandboxParts.StartPartnersAsync"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Task<(Uri Url, IAsyncDisposable Server)> StartPartnersAsync(
        Uri url, string dataDirectory, IEnumerable<(string Sku, int OnHand)> seed, CancellationToken cancel) =>
        SandboxParts.StartPartnersAsync(url, dataDirectory, seed, cancel);

    /// <summary>Whether the sandbox says with it that this machine cannot run it. Its message is one sentence.</summary>
    public static bool IsRefusal(Exception fault) => IsHere && IsUnavailable(fault);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsUnavailable(Exception fault) => fault is SandboxUnavailableException;

    private static bool CanBeLoaded()
    {
        try
        {
            return Assembly.Load("Storefront.Sandbox") is not null;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
