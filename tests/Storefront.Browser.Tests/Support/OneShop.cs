using Storefront.Tests.Support;

namespace Storefront.Browser.Tests.Support;

/// <summary>A shop that is not even opened where no browser could visit it.</summary>
public class BrowsedShop : Shop
{
    // Assets as a published shop serves them; a build would reread them at each request.
    protected override IEnumerable<(string Key, string Value)> Settings =>
        [("ReloadStaticAssetsAtRuntime", "false"), ("EnableStaticAssetsDevelopmentCaching", "true")];

    public override ValueTask InitializeAsync() => Chromium.IsMissing ? ValueTask.CompletedTask : base.InitializeAsync();
}

/// <summary>
/// The shop of every test that breaks nothing for others; each takes goods of its own. A test that breaks a partner has a shop of its own.
/// </summary>
public sealed class OneShop : BrowsedShop
{
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        // The last to leave: no other shop outlives the fixtures of the assembly.
        await new TestPostgres().DisposeAsync();
    }
}
