using Storefront.Tests.Support;

namespace Storefront.Browser.Tests.Support;

/// <summary>A shop that starts only if there is a browser.</summary>
public class BrowsedShop : Shop
{
    // Assets are served as by a published shop. A development build would read them again at each request.
    protected override IEnumerable<(string Key, string Value)> Settings =>
        [("ReloadStaticAssetsAtRuntime", "false"), ("EnableStaticAssetsDevelopmentCaching", "true")];

    public override ValueTask InitializeAsync() => Chromium.IsMissing ? ValueTask.CompletedTask : base.InitializeAsync();
}

/// <summary>
/// The shop of all tests that break nothing for others. Each test uses products of its own. A test that breaks a partner has its own shop.
/// </summary>
public sealed class OneShop : BrowsedShop
{
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        // This fixture is disposed last, so no shop uses the server any more.
        await new TestPostgres().DisposeAsync();
    }
}
