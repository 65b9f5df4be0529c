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
    public void What_the_key_before_sealed_is_opened_while_that_one_is_named()
    {
        var kept = Seal(before);
        Open(kept, new() { Key = now, PreviousKey = before }).ShouldBe(Key.Value);
        Should.Throw<CryptographicException>(() => Open(kept, new() { Key = now })).Message.ShouldContain("DataProtection:PreviousKey");
        Should.Throw<CryptographicException>(() => Open(kept, new()));
    }

    [Fact]
    public void What_is_sealed_says_nothing_and_is_never_the_same()
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
