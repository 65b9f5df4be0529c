using System.Text;
using Npgsql;
using Storefront.Tests.Support;
using Storefront.Web.Catalog;

namespace Storefront.Tests.Catalog;

public sealed class ImportCatalogTests(ImportCatalogTests.QuietShop shop) : IClassFixture<ImportCatalogTests.QuietShop>
{
    private const string Header = "sku,name,description,price,currency,category,image\n";

    [Fact]
    public async Task New_rows_are_added_changed_ones_changed_and_the_rest_left_alone()
    {
        (await ImportAsync(Header + "I-1,One,First,1.00,EUR,Import,\nI-2,Two,Second,2.50,EUR,Import,/products/two.svg\n")).ShouldBe((0, "2 rows: 2 added, 0 changed, 0 unchanged."));
        (await ImportAsync(Header + "I-1,One,First,1.00,EUR,Import,\nI-2,Two,Second,3.00,EUR,Import,/products/two.svg\nI-3,Three,,9.99,EUR,Import,\n"))
            .ShouldBe((0, "3 rows: 1 added, 1 changed, 1 unchanged."));
        (await PricesAsync("I-")).ShouldBe([1.00m, 3.00m, 9.99m]);
    }

    [Fact]
    public async Task One_bad_row_keeps_the_whole_file_out_and_every_bad_row_is_named()
    {
        var (code, words) = await ImportAsync(Header
            + "B-1,Good,,1.00,EUR,Import,\n"
            + ",No SKU,,1.00,EUR,Import,\n"
            + "B-3,Free,,0,EUR,Import,\n"
            + "B-4,Too exact,,1.005,EUR,Import,\n"
            + "B-5,Dear,,lots,EUR,Import,\n"
            + "B-6,Foreign,,1.00,USD,Import,\n"
            + "B-7,Picture,,1.00,EUR,Import,https://elsewhere.example/x.png\n"
            + "B-1,Again,,2.00,EUR,Import,\n");

        code.ShouldBe(1);
        words.Split('\n').ShouldBe(
        [
            "Line 3: sku is empty.",
            "Line 4: price must be more than zero.",
            "Line 5: price 1.005 has more than two decimals.",
            "Line 6: price \"lots\" is not an amount like 12.50.",
            "Line 7: currency is \"USD\", and this shop sells in EUR (setting Shop:Currency).",
            "Line 8: image \"https://elsewhere.example/x.png\" must be a path on this site, like /products/mug.svg, or empty.",
            "Line 9: sku B-1 stands in line 2 already.",
            "7 of 8 rows cannot be taken, so nothing was changed.",
        ]);
        (await PricesAsync("B-")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "The file is empty: its first line must name the columns.")]
    [InlineData("sku,name,price\nX,Y,1\n", "The first line names no column description, currency, category, image; it must name sku, name, description, price, currency, category, image.")]
    [InlineData(Header, "The file has no rows, so nothing was changed.")]
    public async Task A_file_that_is_no_catalogue_is_refused_with_what_it_lacks(string text, string words) =>
        (await ImportAsync(text)).ShouldBe((1, words));

    [Fact]
    public async Task A_file_in_another_encoding_is_refused()
    {
        using var file = new MemoryStream([.. Encoding.UTF8.GetBytes(Header + "L-1,Caf"), 0xE9, .. Encoding.UTF8.GetBytes(",,1.00,EUR,Import,\n")]);
        (await ImportAsync(file)).ShouldBe((1, "The file is not UTF-8: save it as CSV UTF-8."));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        using var words = new StringWriter();
        (await shop.Get<ImportCatalog>().RunAsync("no-such-file.csv", words, CancellationToken.None)).ShouldBe(1);
        words.ToString().ShouldContain("There is no file no-such-file.csv.");
    }

    private async Task<(int Code, string Words)> ImportAsync(string text)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await ImportAsync(file);
    }

    private async Task<(int Code, string Words)> ImportAsync(Stream file)
    {
        using var words = new StringWriter { NewLine = "\n" };
        var code = await shop.Get<ImportCatalog>().RunAsync(file, words, CancellationToken.None);
        return (code, words.ToString().TrimEnd());
    }

    private async Task<List<decimal>> PricesAsync(string prefix)
    {
        await using var read = shop.Database.CreateCommand("select price from shop.products where starts_with(sku, $1) order by sku");
        read.Parameters.Add(new NpgsqlParameter { Value = prefix });
        await using var rows = await read.ExecuteReaderAsync();
        var prices = new List<decimal>();
        while (await rows.ReadAsync()) prices.Add(rows.GetDecimal(0));
        return prices;
    }

    public sealed class QuietShop : Shop
    {
        protected override IEnumerable<(string Key, string Value)> Settings => [("Jobs:Workers", "0")];
    }
}
