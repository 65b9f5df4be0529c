using System.Globalization;
using CsvHelper;

namespace Storefront.Web.Catalog;

/// <summary>One row of a catalogue file that can be taken.</summary>
internal sealed record CatalogRow(string Sku, string Name, string Description, decimal Price, string Currency, string Category, string? Image)
{
    public static readonly IReadOnlyList<string> Columns = ["sku", "name", "description", "price", "currency", "category", "image"];

    private const decimal HighestPrice = 9_999_999_999.99m;

    /// <summary>The row, or what is wrong with it.</summary>
    public static (CatalogRow? Row, string? Wrong) Read(CsvReader csv, string shopCurrency)
    {
        string Field(string name) => csv.GetField(name) ?? "";
        var (sku, name, description, category) = (Field("sku"), Field("name"), Field("description"), Field("category"));
        var (price, currency, image) = (Field("price"), Field("currency"), Field("image"));

        var amount = 0m;
        var wrong = WrongText("sku", sku, 64) ?? WrongText("name", name, 200) ?? WrongText("description", description, 4000, mayBeEmpty: true) ?? WrongText("category", category, 100)
            ?? WrongPrice(price, out amount) ?? WrongCurrency(currency, shopCurrency) ?? WrongPicture(image);
        return wrong is null
            ? (new(sku, name, description, amount, currency, category, image.Length > 0 ? image : null), null)
            : (null, wrong);
    }

    private static string? WrongText(string column, string value, int longest, bool mayBeEmpty = false) =>
        value.Length == 0 && !mayBeEmpty ? $"{column} is empty"
        : value.Length > longest ? $"{column} has {value.Length} characters, and may have {longest}"
        : value.Any(c => char.IsControl(c) && c is not '\n' and not '\r' and not '\t') ? $"{column} has control characters in it"
        : null;

    private static string? WrongPrice(string value, out decimal amount) =>
        !decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount) ? $"price \"{value}\" is not an amount like 12.50"
        : amount <= 0 ? "price must be more than zero"
        : decimal.Round(amount, 2) != amount ? $"price {value} has more than two decimals"
        : amount > HighestPrice ? $"price {value} is too high"
        : null;

    private static string? WrongCurrency(string value, string shopCurrency) =>
        value == shopCurrency ? null : $"currency is \"{value}\", and this shop sells in {shopCurrency} (setting Shop:Currency)";

    // A picture from elsewhere would tell that place who looks at what, and pages allow none.
    private static string? WrongPicture(string value) =>
        value.Length == 0 || value.StartsWith('/') && !value.StartsWith("//", StringComparison.Ordinal) && !value.Contains('\\', StringComparison.Ordinal) && value.Length <= 500
            ? null
            : $"image \"{value}\" must be a path on this site, like /products/mug.svg, or empty";
}
