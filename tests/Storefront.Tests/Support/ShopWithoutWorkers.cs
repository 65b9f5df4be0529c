namespace Storefront.Tests.Support;

/// <summary>A shop that runs no job by itself: a test decides which job runs, and when.</summary>
public class ShopWithoutWorkers : Shop
{
    protected override IEnumerable<(string Key, string Value)> Settings => [("Jobs:Workers", "0")];
}
