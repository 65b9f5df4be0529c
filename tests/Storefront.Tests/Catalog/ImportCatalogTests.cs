using System.Text;
using Npgsql;
using Storefront.Tests.Support;
using Storefront.Web.Catalog;

namespace Storefront.Tests.Catalog;

public sealed class ImportCatalogTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    private const string Header = "sku,name,description,price,currency,category,image\n";

    [Fact]
    public async Task An_import_adds_new_rows_updates_changed_rows_and_leaves_other_products_alone()
    {
        const string one = "I-1,One,First,1.00,EUR,Import,\n";
        (await ImportAsync(Header + one + "I-2,Two,Second,2.50,EUR,Import,/products/mug-ink.svg\n"))
            .ShouldBe((0, "2 rows: 2 added, 0 changed, 0 unchanged."));
        (await ImportAsync(Header + one + "I-2,Two,Second,3.00,EUR,Import,/products/mug-ink.svg\nI-3,Three,,9.99,EUR,Import,\n"))
            .ShouldBe((0, "3 rows: 1 added, 1 changed, 1 unchanged."));
        (await PricesAsync("I-")).ShouldBe([1.00m, 3.00m, 9.99m]);
    }

    [Fact]
    public async Task One_invalid_row_refuses_the_whole_file_and_every_invalid_row_is_named()
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
            "Line 9: sku B-1 is already in line 2.",
            "7 of 8 rows have errors, so nothing was changed.",
        ]);
        (await PricesAsync("B-")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "The file is empty: its first line must name the columns.")]
    [InlineData("sku,name,price\nX,Y,1\n",
        "The first line names no column description, currency, category, image; "
        + "it must name sku, name, description, price, currency, category, image, separated by commas, semicolons or tabs.")]
    [InlineData("sku,name,description,price,currency,category,image,price\nX,Y,,1,EUR,Z,,2\n",
        "The first line names the column price more than once.")]
    [InlineData(Header, "The file has no rows, so nothing was changed.")]
    public async Task A_file_that_is_not_a_catalogue_is_refused_with_the_reason(string text, string words) =>
        (await ImportAsync(text)).ShouldBe((1, words));

    [Theory]
    [InlineData("X-1,One,\"An open quote,1.00,EUR,Import,\nX-2,Two,fine,2.00,EUR,Import,\n",
        "Line 2: a quote is opened and not closed, and the row runs on to line 3.")]
    [InlineData("X-1,One,\"An open quote,1.00,EUR,Import,\nX-2,Two,\"closed\",2.00,EUR,Import,\n",
        "Line 2: a quote is opened and not closed, and the row runs on to line 3.")]
    [InlineData("\n\nX-1,\"On\ne\",\"An open quote,1.00,EUR,Import,\n\nX-2,Two,fine,2.00,EUR,Import,\n",
        "Line 4: a quote is opened and not closed, and the row runs on to line 7.")]
    [InlineData("X-1,A 5\" pot,,1.00,EUR,Import,\n", "Line 2: a quote is opened and not closed.")]
    [InlineData("X-1,A \"good\" pot,,1.00,EUR,Import,\n",
        "Line 2: a quote is inside a field, or text follows a closing quote: "
        + "put quotes around the whole field, and write a quote inside it twice.")]
    [InlineData("X-1,\"Good\" pot,,1.00,EUR,Import,\n",
        "Line 2: a quote is inside a field, or text follows a closing quote: "
        + "put quotes around the whole field, and write a quote inside it twice.")]
    [InlineData("X-1,One,,1.00,EUR,Import\n",
        "Line 2: the row has 6 fields, and the first line names 7: a field with a comma in it needs quotes around it.")]
    [InlineData("X-1,One,,1,00,EUR,Import,\n",
        "Line 2: the row has 8 fields, and the first line names 7: a field with a comma in it needs quotes around it.")]
    [InlineData("\"X\n1\",One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+000A in it, as character 2.")]
    [InlineData("X\u200B1,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+200B in it, as character 2.")]
    [InlineData("X\u00AD1,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+00AD in it, as character 2.")]
    [InlineData("X\uFEFF1,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+FEFF in it, as character 2.")]
    [InlineData("X\u200D1,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+200D in it, as character 2.")]
    [InlineData("X\u034F1,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+034F in it, as character 2.")]
    [InlineData("X\u115F1,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+115F in it, as character 2.")]
    [InlineData("X\u17B41,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+17B4 in it, as character 2.")]
    [InlineData("X\u180B1,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+180B in it, as character 2.")]
    [InlineData("X\u28001,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+2800 in it, as character 2.")]
    [InlineData("X\u31641,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+3164 in it, as character 2.")]
    [InlineData("X\uFE0F1,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+FE0F in it, as character 2.")]
    [InlineData("X\uFFA01,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+FFA0 in it, as character 2.")]
    [InlineData("X\U000E00411,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+E0041 in it, as character 2.")]
    [InlineData("X\U000E01001,One,,1.00,EUR,Import,\n", "Line 2: sku has the invisible character U+E0100 in it, as character 2.")]
    [InlineData("X-1,\u3164,,1.00,EUR,Import,\n", "Line 2: name has the invisible character U+3164 in it, as character 1.")]
    [InlineData("X-1,\u2800,,1.00,EUR,Import,\n", "Line 2: name has the invisible character U+2800 in it, as character 1.")]
    [InlineData("apron-ind.svg,One,,1.00,EUR,Import,\n",
        "Line 2: sku apron-ind.svg cannot be reached by a link: /products/apron-ind.svg is a file that this shop serves.")]
    [InlineData("Apron-Ind.SVG,One,,1.00,EUR,Import,\n",
        "Line 2: sku Apron-Ind.SVG cannot be reached by a link: /products/Apron-Ind.SVG is a file that this shop serves.")]
    [InlineData("X-1,One,,1.500,EUR,Import,\n", "Line 2: price 1.500 has more than two decimals.")]
    [InlineData("X-1,One,,1.000,EUR,Import,\n", "Line 2: price 1.000 has more than two decimals.")]
    [InlineData("X-1,On\u202Ee,,1.00,EUR,Import,\n", "Line 2: name has the invisible character U+202E in it, as character 3.")]
    [InlineData("X-1,One,,1.00,EUR,Im\u0007port,\n", "Line 2: category has the invisible character U+0007 in it, as character 3.")]
    [InlineData("X-1,One,,1.00,EUR,\"Im\nport\",\n", "Line 2: category has the invisible character U+000A in it, as character 3.")]
    [InlineData("X-1,One,a\u2066b,1.00,EUR,Import,\n", "Line 2: description has the invisible character U+2066 in it, as character 2.")]
    [InlineData("X\u00A01,One,,1.00,EUR,Import,\n", "Line 2: sku has a space character in it that is not an ordinary space.")]
    [InlineData("/X,One,,1.00,EUR,Import,\n",
        "Line 2: sku /X begins or ends with a slash or has two in a row, and its link would lead elsewhere.")]
    [InlineData("X//Y,One,,1.00,EUR,Import,\n",
        "Line 2: sku X//Y begins or ends with a slash or has two in a row, and its link would lead elsewhere.")]
    [InlineData("..,One,,1.00,EUR,Import,\n", "Line 2: sku .. cannot be reached by a link: \".\" and \"..\" mean other folders there.")]
    [InlineData("X/./Y,One,,1.00,EUR,Import,\n",
        "Line 2: sku X/./Y cannot be reached by a link: \".\" and \"..\" mean other folders there.")]
    [InlineData("X-1,One,,\"1,00\",EUR,Import,\n", "Line 2: price \"1,00\" is not an amount like 12.50.")]
    [InlineData("X-1,One,,\"1,234.00\",EUR,Import,\n", "Line 2: price \"1,234.00\" is not an amount like 12.50.")]
    [InlineData("X-1,One,,+1.00,EUR,Import,\n", "Line 2: price \"+1.00\" is not an amount like 12.50.")]
    [InlineData("X-1,One,,1e3,EUR,Import,\n", "Line 2: price \"1e3\" is not an amount like 12.50.")]
    [InlineData("X-1,One,,\u0661\u0662,EUR,Import,\n", "Line 2: price \"\u0661\u0662\" is not an amount like 12.50.")]
    [InlineData("X-1,One,,.5,EUR,Import,\n", "Line 2: price \".5\" is not an amount like 12.50.")]
    [InlineData("X-1,One,,€ 5.00,EUR,Import,\n", "Line 2: price \"€ 5.00\" is not an amount like 12.50.")]
    [InlineData("X-1,One,,99999999999999999999999999999999999,EUR,Import,\n",
        "Line 2: price \"99999999999999999999999999999999999\" is not an amount like 12.50.")]
    [InlineData("X-1,One,,10000000000,EUR,Import,\n", "Line 2: price 10000000000 is too high.")]
    [InlineData("X-1,One,,1.00,eur,Import,\n", "Line 2: currency is \"eur\", and this shop sells in EUR (setting Shop:Currency).")]
    [InlineData("X-1,One,,1.00,EUR,Import,/products/none.svg\n",
        "Line 2: image \"/products/none.svg\" is not among the files that this shop serves.")]
    [InlineData("X-1,One,,1.00,EUR,Import,/products\n", "Line 2: image \"/products\" is not among the files that this shop serves.")]
    [InlineData("X-1,One,,1.00,EUR,Import,/../appsettings.json\n",
        "Line 2: image \"/../appsettings.json\" is not among the files that this shop serves.")]
    [InlineData("X-1,One,,1.00,EUR,Import,\nx-1,Two,,1.00,EUR,Import,\n",
        "Line 3: sku x-1 differs from X-1 in line 2 only in capital letters.")]
    [InlineData("X-1,One,,1.00,EUR,Import,\nX-1\u00A0,Two,,1.00,EUR,Import,\n", "Line 3: sku X-1 is already in line 2.")]
    [InlineData("mug-oat,One,,1.00,EUR,Import,\n",
        "Line 2: sku mug-oat differs from MUG-OAT, which the shop has, only in capital letters.")]
    public async Task A_row_that_can_be_read_in_two_ways_or_used_in_none_is_refused_by_line(string rows, string sentence)
    {
        var (code, words) = await ImportAsync(Header + rows);
        code.ShouldBe(1);
        words.Split('\n')[0].ShouldBe(sentence);
        words.ShouldEndWith("so nothing was changed.");
        (await PricesAsync("X")).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_length_of_a_text_is_limited_in_visible_characters_and_in_stored_ones()
    {
        var chef = "👩‍🍳"; // This emoji has three code points.
        (await ImportAsync(Header + $"E-1,{string.Concat(Enumerable.Repeat(chef, 66))},,1.00,EUR,Import,\n")).Code.ShouldBe(0);
        (await ImportAsync(Header + $"E-2,{string.Concat(Enumerable.Repeat(chef, 67))},,1.00,EUR,Import,\n")).Words
            .ShouldStartWith("Line 2: name has 67 characters that take 201 to store, and may take 200.");
        (await ImportAsync(Header + $"E-2,{new string('n', 201)},,1.00,EUR,Import,\n")).Words
            .ShouldStartWith("Line 2: name has 201 characters, and may have 200.");
        (await ImportAsync(Header + $"E-{new string('3', 63)},Name,,1.00,EUR,Import,\n")).Words
            .ShouldStartWith("Line 2: sku has 65 characters, and may have 64.");
    }

    [Theory]
    [InlineData("sku;name;description;price;currency;category;image\r\nS-1;Brett;Gut;12,50;EUR;Test;\r\nS-2;Teller;;12.5;EUR;Test;\r\n")]
    [InlineData("sku\tname\tdescription\tprice\tcurrency\tcategory\timage\n"
        + "S-1\tBrett\tGut\t12,50\tEUR\tTest\t\nS-2\t\"Tel\tler\"\t\t12.50\tEUR\tTest\t\n")]
    [InlineData("\"sku\",\"name\",\"description\",\"price\",\"currency\",\"category\",\"image\"\r"
        + "\"S-1\",\"Brett, \"\"gut\"\"\",\"\",12.50,EUR,Test,\r\rS-2\u00A0,\u3000Teller,,12.50,EUR,Test,\r")]
    [InlineData("SKU ;Image;Name;Description;Price;Currency;Category\nS-1;;\"Zwei\nZeilen\";;12,50;EUR;Test\nS-2;;Teller;;12,50;EUR;Test")]
    public async Task Files_of_other_spreadsheet_programs_are_read(string text)
    {
        var tabInAName = text.Contains("Tel\tler", StringComparison.Ordinal);
        var (code, words) = await ImportAsync('\uFEFF' + text);
        if (tabInAName) words.ShouldStartWith("Line 3: name has the invisible character U+0009 in it");
        else code.ShouldBe(0, words);
        if (!tabInAName) (await PricesAsync("S-")).ShouldBe([12.50m, 12.50m]);
    }

    [Theory]
    [InlineData("1.500")]
    [InlineData("1,500")]
    [InlineData("2.000")]
    public async Task An_ambiguous_thousands_separator_is_refused_where_the_comma_is_decimal(string price) =>
        (await ImportAsync($"sku;name;description;price;currency;category;image\nG-1;Brett;;{price};EUR;Test;\n")).Words
            .ShouldStartWith($"Line 2: price {price} has more than two decimals.");

    [Fact]
    public async Task A_line_break_in_a_name_becomes_a_space()
    {
        (await ImportAsync(Header + "N-1,\"Oat\r\n mug\",\"Two\n\nparagraphs\",1.00,EUR,Import,\n")).Code.ShouldBe(0);
        await using var read = shop.Database.CreateCommand("select name || '|' || description from shop.products where sku = 'N-1'");
        (await read.ExecuteScalarAsync()).ShouldBe("Oat mug|Two\n\nparagraphs");
    }

    [Fact]
    public async Task UTF16_with_a_byte_order_mark_is_read_and_zero_width_joiners_are_kept()
    {
        const string text = Header + "U-1,نمی\u200Cخواهم 👩‍🍳 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️ 1️⃣ ⠃⠀⠃ ᠠ᠋ 葛󠄀 <b>,,1.00,EUR,Küche,\n";
        using var file = new MemoryStream([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(text)]);
        (await ImportAsync(file)).Words.ShouldBe("1 rows: 1 added, 0 changed, 0 unchanged.");
    }

    [Fact]
    public async Task A_file_in_another_encoding_is_refused()
    {
        using var file =
            new MemoryStream([.. Encoding.UTF8.GetBytes(Header + "L-1,Caf"), 0xE9, .. Encoding.UTF8.GetBytes(",,1.00,EUR,Import,\n")]);
        (await ImportAsync(file)).ShouldBe((1, "The file is not UTF-8: save it as CSV UTF-8."));
    }

    [Fact]
    public async Task A_missing_file_is_named()
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
}
