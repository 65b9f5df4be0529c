using Storefront.Tests.Support;
using Storefront.Web.Catalog;

namespace Storefront.Tests.Catalog;

public sealed class SeedTests
{
    private static readonly string[][] Rows =
        [.. File.ReadAllLines(Repository.File("Storefront.Web/Catalog/seed.csv")).Skip(1).Select(line => line.Split(','))];

    [Fact]
    public void Every_seed_product_has_a_picture() =>
        Rows.Select(row => row[^1]).Where(image => !File.Exists(Repository.File("Storefront.Web/wwwroot" + image))).ShouldBeEmpty();

    [Fact]
    public void Every_seed_product_has_stock() =>
        SeedStock.All.Select(stock => stock.Sku).ShouldBe(Rows.Select(row => row[0]), ignoreOrder: true);
}
