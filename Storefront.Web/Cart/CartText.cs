using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Storefront.Web.Cart;

/// <summary>
/// A cart in as few bytes as a cookie deserves: a line of keys, then a line a SKU, compressed.
/// The first character names the format, so that carts survive a release that changes it. A SKU of an old catalogue may hold a line break
/// or a tab: its cart is written with other separators.
/// </summary>
internal static class CartText
{
    // More than a cart may have now: those of an earlier release had more, and are not lost.
    private const int MostLines = 1_000;

    private const char Lines = '1';
    private const char Odd = '2';

    public static byte[] Write(ShoppingCart cart)
    {
        var format = cart.Lines.Exists(line => line.Sku.AsSpan().ContainsAny('\n', '\t')) ? Odd : Lines;
        var (row, column) = Separators(format);
        var text = new StringBuilder().Append(format).Append(Short(cart.CheckoutKey));
        if (cart.LastOrder is { } last) text.Append(column).Append(Short(last.CheckoutKey)).Append(column).Append(Short(last.OrderKey));
        foreach (var line in cart.Lines)
            text.Append(row).Append(line.Sku).Append(column).Append(line.Quantity.ToString(CultureInfo.InvariantCulture));

        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal)) brotli.Write(Encoding.UTF8.GetBytes(text.ToString()));
        return packed.ToArray();
    }

    /// <exception cref="FormatException">Not a cart, or one of a format this release does not know.</exception>
    public static ShoppingCart Read(byte[] packed)
    {
        var text = Unpack(packed);
        if (text is not [Lines or Odd, ..]) throw new FormatException("The cart is written in a format this release does not know.");

        var (row, column) = Separators(text[0]);
        var rows = text[1..].Split(row);
        var keys = rows[0].Split(column);
        var lines = rows.Skip(1).Select(line => Line(line.Split(column))).ToImmutableList();
        if (lines.Count > MostLines || lines.DistinctBy(line => line.Sku).Count() < lines.Count)
            throw new FormatException("The cart has too many lines, or two lines of one SKU.");
        return new ShoppingCart(Long(keys[0]), lines, keys.Length == 3 ? new PlacedCart(Long(keys[1]), Long(keys[2])) : null);
    }

    private static string Unpack(byte[] packed)
    {
        try
        {
            using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
            using var text = new StreamReader(brotli, Encoding.UTF8);
            return text.ReadToEnd();
        }
        catch (Exception broken) when (broken is InvalidOperationException or InvalidDataException)
        {
            throw new FormatException("The cart is not compressed as carts are.", broken);
        }
    }

    private static CartLine Line(string[] columns) =>
        columns is [{ Length: > 0 } sku, var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var quantity)
        && quantity is > 0 and <= ShoppingCart.MaxQuantity
            ? new(sku, quantity) : throw new FormatException("The cart has a line that is not valid.");

    private static (char Row, char Column) Separators(char format) => format == Odd ? ('\u0001', '\0') : ('\n', '\t');

    private static string Short(Guid id) => Base64Url.EncodeToString(id.ToByteArray());

    private static Guid Long(string text) =>
        Base64Url.DecodeFromChars(text) is { Length: 16 } bytes
            ? new(bytes)
            : throw new FormatException("The cart has a key that is not valid.");
}
