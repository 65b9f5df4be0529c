using System.ComponentModel.DataAnnotations;

namespace Storefront.Web.Security;

/// <summary>Section <c>DataProtection</c>.</summary>
public sealed class KeyOptions : IValidatableObject
{
    /// <summary>
    /// Encrypts the keys of cookies and forms where they lie in the database: 32 bytes as base64, of which <c>openssl rand -base64 32</c>
    /// makes some. Empty: they lie there in the clear, which Production refuses.
    /// </summary>
    public string Key { get; set; } = "";

    /// <summary>
    /// What <see cref="Key"/> was before, while keys that it sealed are still in use. Without it a change signs everybody out and empties
    /// the carts.
    /// </summary>
    public string PreviousKey { get; set; } = "";

    /// <summary>The one that seals first; all of them open.</summary>
    internal IReadOnlyList<byte[]> Keys =>
        [.. from key in new[] { Key, PreviousKey } where key.Length > 0 select Convert.FromBase64String(key)];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, key) in new[] { (nameof(Key), Key), (nameof(PreviousKey), PreviousKey) })
        {
            var bytes = new byte[key.Length];
            if (key.Length > 0 && (!Convert.TryFromBase64String(key, bytes, out var length) || length != 32))
                yield return new("is not 32 bytes in base64: make some with \"openssl rand -base64 32\".", [name]);
        }
    }
}
