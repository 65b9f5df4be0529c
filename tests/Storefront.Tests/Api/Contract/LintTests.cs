using Storefront.Tests.Support;

namespace Storefront.Tests.Api.Contract;

/// <summary>The document that the shop serves keeps the rules that are usual for OpenAPI.</summary>
public sealed class LintTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>, IDisposable
{
    private readonly NodeFolder node = new("tests/Storefront.Tests/Api/Contract/node");
    private readonly TempFolder temp = new();

    [Fact]
    public async Task Redocly_and_Spectral_find_neither_errors_nor_warnings()
    {
        await node.InstallAsync();
        var file = Path.Combine(temp.Path, "openapi.json");
        await File.WriteAllTextAsync(
            file, await shop.Http.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken);

        // In its strict rules, every warning of Redocly is an error.
        await node.RunAsync("npx", "redocly", "lint", "--config", "redocly.yaml", file);
        await node.RunAsync("npx", "spectral", "lint", "--fail-severity", "hint", file);
    }

    public void Dispose() => temp.Dispose();
}
