using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Storefront.Web.Cart;

/// <summary>
/// A cart in as few bytes as a cookie deserves: a line of keys, then a line a SKU, compressed.
/// The first character names the format, so that carts survive a release that changes it.
/// </summary>
internal static class CartText
{
    private const char Format = '1';

    public static byte[] Write(ShoppingCart cart)
    {
        var text = new StringBuilder().Append(Format).Append(Short(cart.CheckoutKey));
        if (cart.LastOrder is { } last) text.Append('\t').Append(Short(last.CheckoutKey)).Append('\t').Append(Short(last.OrderId));
        foreach (var line in cart.Lines)
            text.Append('\n').Append(line.Sku).Append('\t').Append(line.Quantity.ToString(CultureInfo.InvariantCulture));

        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal)) brotli.Write(Encoding.UTF8.GetBytes(text.ToString()));
        return packed.ToArray();
    }

    /// <exception cref="FormatException">Not a cart, or one of a format this release does not know.</exception>
    public static ShoppingCart Read(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var text = new StreamReader(brotli, Encoding.UTF8);
        var rows = text.ReadToEnd().Split('\n');
        if (rows[0] is not [Format, .. var head]) throw new FormatException("The cart is written in a format this release does not know.");

        var keys = head.Split('\t');
        return new ShoppingCart(
            Long(keys[0]),
            [.. rows.Skip(1).Select(row => row.Split('\t')).Select(row => new CartLine(row[0], int.Parse(row[1], CultureInfo.InvariantCulture)))],
            keys.Length == 3 ? new PlacedCart(Long(keys[1]), Long(keys[2])) : null);
    }

    private static string Short(Guid id) => Base64Url.EncodeToString(id.ToByteArray());

    private static Guid Long(string text) => new(Base64Url.DecodeFromChars(text));
}
