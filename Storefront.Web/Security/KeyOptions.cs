using System.ComponentModel.DataAnnotations;

namespace Storefront.Web.Security;

/// <summary>Section <c>DataProtection</c>.</summary>
public sealed class KeyOptions : IValidatableObject
{
    /// <summary>
    /// Encrypts the keys of cookies and forms where they lie in the database: 32 bytes as base64, of which <c>openssl rand -base64 32</c> makes
    /// some. Empty: they lie there in the clear, which Production refuses. Whoever changes it signs everybody out and empties the carts.
    /// </summary>
    public string Key { get; set; } = "";

    internal byte[]? Bytes => Key.Length == 0 ? null : Convert.FromBase64String(Key);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Key.Length == 0) yield break;
        var bytes = new byte[Key.Length];
        if (!Convert.TryFromBase64String(Key, bytes, out var length) || length != 32)
            yield return new("is not 32 bytes in base64: make some with \"openssl rand -base64 32\".", [nameof(Key)]);
    }
}
