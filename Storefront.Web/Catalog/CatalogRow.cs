using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.FileProviders;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Reference;

namespace Storefront.Web.Catalog;

internal sealed partial record CatalogRow(
    string Sku, string Name, string Description, decimal Price, string Currency, string Category, string? Image)
{
    public static readonly IReadOnlyList<string> Columns = ["sku", "name", "description", "price", "currency", "category", "image"];

    private const decimal HighestPrice = 9_999_999_999.99m;

    private static readonly string[] Numbers = ["no", "one", "two", "three", "four"];

    /// <summary>The row, or what is wrong with it.</summary>
    /// <param name="served">The files that the shop serves.</param>
    public static (CatalogRow? Row, string? Wrong) Read(CatalogFile file, string shopCurrency, IFileProvider served)
    {
        if (file.WrongForm() is { } form) return (null, form);
        // A spreadsheet's cell may hold a line break; a name is one line everywhere it is shown.
        var (sku, name) = (file["sku"], LineBreak().Replace(file["name"], " "));
        var (description, category) = (file["description"], file["category"]);
        var (price, currency, image) = (file["price"], file["currency"], file["image"]);

        var amount = 0m;
        var wrong = CatalogText.WrongSku(sku) ?? WrongLink(sku, served) ?? CatalogText.WrongLine("name", name, 200)
            ?? CatalogText.WrongParagraphs("description", description, 4000) ?? CatalogText.WrongLine("category", category, 100)
            ?? WrongCurrency(currency, shopCurrency) ?? WrongPrice(price, currency, file.HasDecimalCommas, out amount)
            ?? WrongPicture(image, served);
        return wrong is null
            ? (new(sku, name, description, amount, currency, category, image.Length > 0 ? image : null), null)
            : (null, wrong);
    }

    private static string? WrongPrice(string value, string currency, bool decimalCommas, out decimal amount)
    {
        var decimals = Currencies.DecimalsOf(currency);
        var text = decimalCommas ? value.Replace(',', '.') : value;
        amount = 0;
        if (!Amount().IsMatch(text) || !decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount))
            return $"price \"{value}\" is not an amount like {12.5m.WithDecimalsOf(currency)}{(decimalCommas ? " (or with a comma)" : "")}";
        // Three digits after a dot or a comma may be thousands: in many countries, 1.500 means 1500.
        var mayBeThousands = decimals < 3 && text.Split('.') is [_, { Length: 3 }];
        if (mayBeThousands || !Money.Fits(amount, currency))
            return decimals == 0
                ? $"price {value} has decimals, and {currency} has none"
                : $"price {value} has more than {Numbers[decimals]} decimals";
        amount = amount.WithDecimalsOf(currency);
        return amount <= 0 ? "price must be more than zero" : amount > HighestPrice ? $"price {value} is too high" : null;
    }

    private static string? WrongCurrency(string value, string shopCurrency) =>
        value == shopCurrency ? null : $"currency is \"{value}\", and this shop sells in {shopCurrency} (setting Shop:Currency)";

    // Pictures have addresses below /products, as products have: such a link would open a picture. File systems may ignore case.
    private static string? WrongLink(string sku, IFileProvider served) =>
        sku.Contains('.', StringComparison.Ordinal)
        && new[] { sku, sku.ToLowerInvariant() }.Any(name => served.GetFileInfo($"/products/{name}").Exists)
            ? $"sku {sku} cannot be reached by a link: /products/{sku} is a file that this shop serves"
            : null;

    // A picture from elsewhere would tell that place who looks at what, and pages allow none.
    private static string? WrongPicture(string value, IFileProvider served) =>
        value.Length == 0 ? null
        : !value.StartsWith('/') || value.StartsWith("//", StringComparison.Ordinal)
        || value.Contains('\\', StringComparison.Ordinal) || value.Length > 500
            ? $"image \"{value}\" must be a path on this site, like /products/mug.svg, or empty"
        : value.AsSpan().ContainsAny('?', '#', '%') || !served.GetFileInfo(value).Exists
            ? $"image \"{value}\" is not among the files that this shop serves"
        : null;

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+)?$")]
    private static partial Regex Amount();

    [GeneratedRegex(@"\s*[\r\n]+\s*")]
    private static partial Regex LineBreak();
}
