namespace Storefront.Tests.Support;

/// <summary>A folder that is deleted when the test ends.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("storefront-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
