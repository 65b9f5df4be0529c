using System.Globalization;
using System.Text;
using QRCoder;

namespace Storefront.Web.Identity;

/// <summary>A QR code as the path of an SVG: one unit a module, the quiet border included.</summary>
internal sealed record QrPicture(int Size, string Path)
{
    public static QrPicture Of(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var rows = code.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < rows.Count; y++)
            for (var x = 0; x < rows[y].Count; x++)
                if (rows[y][x]) path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
        return new(rows.Count, path.ToString());
    }
}
