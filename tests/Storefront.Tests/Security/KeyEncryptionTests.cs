using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Storefront.Web.Security;

namespace Storefront.Tests.Security;

public sealed class KeyEncryptionTests
{
    private static readonly XElement Key = new("key", "what signs every cookie");

    private readonly string before = Random();
    private readonly string now = Random();

    [Fact]
    public void Data_encrypted_with_the_previous_key_is_read_while_that_key_is_configured()
    {
        var kept = Seal(before);
        Open(kept, new() { Key = now, PreviousKey = before }).ShouldBe(Key.Value);
        Should.Throw<CryptographicException>(() => Open(kept, new() { Key = now })).Message.ShouldContain("DataProtection:PreviousKey");
        Should.Throw<CryptographicException>(() => Open(kept, new()));
    }

    [Fact]
    public void Encrypted_data_is_unreadable_and_differs_each_time()
    {
        var kept = Seal(now);
        kept.ToString().ShouldNotContain("cookie");
        Seal(now).Value.ShouldNotBe(kept.Value);
    }

    private static string Random() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static XElement Seal(string key) => new KeyEncryptor(Convert.FromBase64String(key)).Encrypt(Key).EncryptedElement;

    private static string Open(XElement kept, KeyOptions options) =>
        new KeyDecryptor(new ServiceCollection().AddSingleton(Options.Create(options)).BuildServiceProvider()).Decrypt(kept).Value;
}
