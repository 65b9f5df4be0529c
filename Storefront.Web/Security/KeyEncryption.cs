using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Settings;

namespace Storefront.Web.Security;

/// <summary>
/// Whoever reads the database, or a backup of it, cannot make a cookie that we believe: the keys in it are sealed with one from the
/// configuration.
/// </summary>
internal sealed class KeyEncryptor(byte[] key) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var text = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var nonce = RandomNumberGenerator.GetBytes(AesGcm.NonceByteSizes.MaxSize);
        var tag = new byte[AesGcm.TagByteSizes.MaxSize];
        var sealedText = new byte[text.Length];
        using var aes = new AesGcm(key, tag.Length);
        aes.Encrypt(nonce, text, sealedText, tag);
        var element = new XElement("sealed", Convert.ToBase64String([.. nonce, .. tag, .. sealedText]));
        return new(element, typeof(KeyDecryptor));
    }
}

/// <summary>Made by the key ring, by name, for a key it finds sealed.</summary>
internal sealed class KeyDecryptor(IServiceProvider services) : IXmlDecryptor
{
    private readonly IReadOnlyList<byte[]> keys = services.GetRequiredService<IOptions<KeyOptions>>().Value.Keys;

    public XElement Decrypt(XElement encryptedElement)
    {
        var bytes = Convert.FromBase64String(encryptedElement.Value);
        foreach (var key in keys)
        {
            try
            {
                return Open(bytes, key);
            }
            catch (AuthenticationTagMismatchException)
            {
                // sealed with the other
            }
        }

        throw new CryptographicException(
            "The keys in the database are sealed with another key than settings DataProtection:Key and DataProtection:PreviousKey.");
    }

    private static XElement Open(ReadOnlySpan<byte> bytes, byte[] key)
    {
        var nonce = bytes[..AesGcm.NonceByteSizes.MaxSize];
        var tag = bytes.Slice(nonce.Length, AesGcm.TagByteSizes.MaxSize);
        var sealedText = bytes[(nonce.Length + tag.Length)..];
        var text = new byte[sealedText.Length];
        using var aes = new AesGcm(key, tag.Length);
        aes.Decrypt(nonce, sealedText, tag, text);
        return XElement.Parse(Encoding.UTF8.GetString(text));
    }
}

internal static class KeyEncryption
{
    public static void AddKeyEncryption(this IServiceCollection services)
    {
        services.AddChecked<KeyOptions>("DataProtection");
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<KeyOptions>>((keys, options) =>
        {
            if (options.Value.Keys is [var key, ..]) keys.XmlEncryptor = new KeyEncryptor(key);
        });
    }
}
